"""The folder in which the service keeps pictures for a second look, as it is (docs/keep.md).

Only what a person has judged is read. The model's own masks are no truth: a model that learns from them learns its faults.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_RECORD = re.compile(r'^(\d{8}T\d{9}Z-[A-Za-z0-9_-]+)\.json$')


class KeptPicture(NamedTuple):
    """A judged picture."""

    picture: Path
    #: White where a person says the defects are; black all over for a clean picture.
    mask: Path
    #: Equal for pictures with the same bytes: one that was delivered twice must not lie on both sides of a split.
    group: str


def is_kept(root: Path) -> bool:
    """Whether `root` holds records of the service, at any depth."""
    return next(_records(root), None) is not None


def judged_pictures(root: Path) -> list[KeptPicture]:
    """What people have judged, in the order of the names.

    Raises FileNotFoundError when nothing is judged, ValueError for pictures of several models.
    """
    records = sorted(_records(root))
    judged = [record for record in records if record.with_name(f'{record.stem}.judged.json').is_file()]
    if not judged:
        raise FileNotFoundError(
            f'Cannot train as kept pictures must have been judged: {root} has {len(records)}, and nobody has judged one'
        )
    folders = sorted({record.parent for record in judged})
    if len(folders) > 1:
        raise ValueError(
            'Cannot train on pictures of several models as each has a truth of its own: '
            f'name one of {", ".join(str(folder) for folder in folders)}'
        )
    return [_kept_picture(record) for record in judged]


def _records(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob('*.json') if _RECORD.match(path.name))


def _kept_picture(record: Path) -> KeptPicture:
    picture = record.with_name(Path(str(json.loads(record.read_text('utf-8'))['picture'])).name)
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()[:16]
    return KeptPicture(picture, record.with_name(f'{record.stem}.mask.png'), digest)
