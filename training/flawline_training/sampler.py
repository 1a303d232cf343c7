"""Which pictures the network sees at which step: a pure function of seed and step, so that a resumed run is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .augment import bend, relight, transplant, warp
from .generator import KINDS, SURFACES, draw, mark
from .sample import Sample

#: Share of clean pictures among the real ones; the classes with defects share the rest evenly.
CLEAN_SHARE = 0.5
#: A picture that has a defect gets another part's defect this much seldomer than a clean one.
DEFECT_TRANSPLANT = 0.3
#: How often a clean picture that is drawn on gets harmless marks.
SOILED = 0.7
#: A clean picture is drawn on without a defect this much more often than with each kind of defect: without that, harmless
#: marks stand beside a defect nearly always.
CLEAN_WEIGHT = 2.5


@dataclass(frozen=True)
class SamplerOptions:
    """synthetic: share 0..1 of generated pictures; pool: how many of them are drawn, once; transplant: chance that a
    clean picture gets another part's defect; drawn: chance that it gets a drawn one."""

    seed: int
    synthetic: float
    pool: int
    transplant: float = 0.25
    drawn: float = 0.35
    surface: str = SURFACES[0]


class Sampler:
    """Draws by class, then by group (one physical part), then by picture: six exposures of a part do not count six-fold."""

    def __init__(self, samples: Sequence[Sample], options: SamplerOptions) -> None:
        self._options = options
        self._by_kind: dict[str, list[list[Sample]]] = {}
        for sample in samples:
            if sample.truth != 'unknown':
                self._add(sample)
        self._donors = [group for kind, groups in self._by_kind.items() if kind != 'clean' for group in groups]
        share = options.synthetic if samples else 1.0
        self._pool = [_synthetic(options, index) for index in range(options.pool)] if share > 0 else []
        self._share = share

    def _add(self, sample: Sample) -> None:
        kind = 'clean' if sample.truth == 'clean' else sample.kind
        groups = self._by_kind.setdefault(kind, [])
        for group in groups:
            if group[0].group == sample.group:
                group.append(sample)
                return
        groups.append([sample])

    def batch(self, step: int, count: int, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Images u8 [count,3,H,W] BGR and masks u8 [count,1,H,W] 0/1 of one step; `size` is (width, height)."""
        pairs = [self._one(np.random.default_rng([self._options.seed, step, index]), size) for index in range(count)]
        images = np.stack([image.transpose(2, 0, 1) for image, _ in pairs])
        return images, np.stack([mask[None] for _, mask in pairs])

    def _one(self, rng: np.random.Generator, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        if rng.random() < self._share:
            image, mask = self._pool[rng.integers(len(self._pool))]
        else:
            image, mask = self._real(rng, max(size))
        if rng.random() < 0.2:
            image, mask = bend(rng, image, mask)
        image, mask = warp(rng, image, mask, *size)
        return relight(rng, image), mask

    def _real(self, rng: np.random.Generator, canvas: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        kinds = sorted(self._by_kind)
        weights = np.array(
            [CLEAN_SHARE if kind == 'clean' else (1 - CLEAN_SHARE) / max(1, len(kinds) - 1) for kind in kinds]
        )
        kind = kinds[rng.choice(len(kinds), p=weights / weights.sum())]
        sample = _pick(rng, self._by_kind[kind])
        if kind == 'clean' and rng.random() < self._options.drawn:
            kind = _drawn_kind(rng)
            picture = mark(rng, kind, sample.image, rng.uniform(0.4, 1.1), SOILED, canvas)
            return picture.image, picture.mask
        chance = self._options.transplant * (1 if kind == 'clean' else DEFECT_TRANSPLANT)
        if self._donors and rng.random() < chance:
            donor = _pick(rng, self._donors)
            return transplant(rng, sample.image, sample.mask, donor.image, donor.mask)
        return sample.image, sample.mask


def _pick(rng: np.random.Generator, groups: Sequence[Sequence[Sample]]) -> Sample:
    group = groups[rng.integers(len(groups))]
    return group[rng.integers(len(group))]


def _drawn_kind(rng: np.random.Generator) -> str:
    weights = np.array([CLEAN_WEIGHT if kind == 'clean' else 1.0 for kind in KINDS])
    return KINDS[rng.choice(len(KINDS), p=weights / weights.sum())]


def _synthetic(options: SamplerOptions, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng([options.seed, 77, index])
    picture = draw(rng, _drawn_kind(rng), 256, options.surface)
    return cv2.cvtColor(picture.image, cv2.COLOR_GRAY2BGR).astype(np.uint8), picture.mask
