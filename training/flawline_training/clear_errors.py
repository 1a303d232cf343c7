"""What a user of the command line sees when something is wrong with what was given: one sentence, no stack."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def clear_errors() -> Iterator[None]:
    """Ends the process with 1 on faults of the input, with 130 on Ctrl-C; other errors are faults of the code."""
    try:
        yield
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print('stopped; the same command goes on from the last saved step', file=sys.stderr)
        sys.exit(130)
