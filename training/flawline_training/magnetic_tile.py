"""The public magnetic-tile set as it is published: folders MT_<Class>/Imgs with exp<N>_num_<frame>.jpg and .png.

Each tile was taken up to six times, a few frames apart; such pictures are near-copies and must not cross a split.

@see Huang, Qiu, Yuan: Surface defect saliency of magnetic tile. The Visual Computer 36, 85-96, 2020.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from .sample import Sample
from .split import Split, deal

#: Frames further apart than this begin another tile; exposures of one tile lie 10 to 130 apart.
MAX_FRAME_GAP = 400
#: Pictures more alike than this show one tile that was taken up again later.
MIN_CORRELATION = 0.95
SHARES: dict[Split, float] = {'test': 0.2, 'val': 0.1, 'train': 0.7}


def is_magnetic_tile(root: Path) -> bool:
    """Whether `root` has the folders of the published set."""
    return any(root.glob('MT_*/Imgs'))


def tile_groups(samples: Sequence[Sample]) -> dict[str, str]:
    """Name of each picture to the name of its tile (that of the tile's first picture)."""
    ordered = sorted(samples, key=lambda sample: (_frame(sample), sample.name))
    parent = list(range(len(ordered)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index in range(1, len(ordered)):
        if _frame(ordered[index]) - _frame(ordered[index - 1]) <= MAX_FRAME_GAP:
            parent[find(index)] = find(index - 1)
    fingerprints = np.array([_fingerprint(sample) for sample in ordered])
    alike = np.triu(fingerprints @ fingerprints.T, 1) > MIN_CORRELATION
    for first, second in zip(*np.nonzero(alike), strict=True):
        parent[find(int(first))] = find(int(second))
    return {sample.name: ordered[find(index)].name for index, sample in enumerate(ordered)}


def tile_split(samples: Sequence[Sample]) -> dict[Split, list[Sample]]:
    """70 % train, 10 % val, 20 % test, by tile and class; the same tiles every time."""
    short = [replace(sample, name=_short_name(sample)) for sample in samples]
    return deal(short, SHARES, 'mt1:')


def _short_name(sample: Sample) -> str:
    """'MT_Crack/Imgs/exp1_num_7' -> 'Crack/exp1_num_7'."""
    return f'{sample.kind}/{Path(sample.name).name}'


def _frame(sample: Sample) -> int:
    match = re.search(r'num_(\d+)', sample.name)
    if match is None:
        raise ValueError(f'Cannot tell the tile of a picture as its name must hold num_<frame>: {sample.name}')
    return int(match[1])


def _fingerprint(sample: Sample) -> np.ndarray:
    """f32 [2304] of unit length: the fine structure at 48 x 48."""
    grey = cv2.cvtColor(sample.image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= cv2.GaussianBlur(small, (0, 0), 6)
    small -= small.mean()
    return (small / (np.linalg.norm(small) + 1e-6)).ravel()
