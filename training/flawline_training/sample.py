"""One labelled picture, as every part of the project hands it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: Classes of pictures without a defect, in lower case.
CLEAN = ('free', 'clean', 'good')


@dataclass(frozen=True)
class Sample:
    """image: u8 [H,W,3] BGR; mask: u8 [H,W] 0 or 1; group: pictures of one physical part share it."""

    name: str
    kind: str
    group: str
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]

    @property
    def truth(self) -> Literal['defect', 'clean', 'unknown']:
        """'unknown': the folder says defect but nothing is marked; such a picture is neither taught nor judged."""
        if self.mask.any():
            return 'defect'
        return 'clean' if self.kind.lower() in CLEAN else 'unknown'
