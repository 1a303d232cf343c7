"""A surface with one kind of defect on it, as the network sees it and as a camera would hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import defects, photographed, surface
from .noise import Mask, Rng

_DEFECTS: dict[str, Callable[[Rng, surface.Surface], Mask] | None] = {
    'clean': None,
    'crack': defects.crack,
    'blowhole': defects.blowhole,
    'break': defects.break_,
    'fray': defects.fray,
    'uneven': defects.uneven,
}
_SURFACES: dict[str, Callable[[Rng, int], surface.Surface]] = {
    'brushed': surface.brushed,
    'woven': surface.woven,
    'perforated': surface.perforated,
}

#: Other looks, for photographs only: a coin decides between the two.
_PHOTOGRAPHED: dict[str, Callable[[Rng, surface.Surface], Mask]] = {
    'crack': photographed.hairline,
    'fray': photographed.torn_edge,
    'uneven': photographed.reground,
}

#: What can be drawn; 'clean' has an empty mask.
KINDS = tuple(_DEFECTS)
SURFACES = tuple(_SURFACES)


@dataclass(frozen=True)
class Picture:
    """image: u8 [H,W] grey or [H,W,3] BGR; mask: u8 [H,W], 0 or 1."""

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def draw(rng: Rng, kind: str, size: int = 256, surface_name: str = 'brushed') -> Picture:
    """A grey picture of `size` x `size`. Equal generators give equal pictures.

    Raises ValueError for an unknown kind or surface.
    """
    if kind not in _DEFECTS:
        raise ValueError(f'Cannot draw a defect as its kind must be one of {", ".join(KINDS)}: {kind}')
    if surface_name not in _SURFACES:
        raise ValueError(f'Cannot draw a surface as it must be one of {", ".join(SURFACES)}: {surface_name}')
    part = _SURFACES[surface_name](rng, size)
    add = _DEFECTS[kind]
    mask = np.zeros((size, size), np.uint8) if add is None else add(rng, part)
    return Picture(np.clip(np.rint(part.grey), 0, 255).astype(np.uint8), mask)


def mark(
    rng: Rng, kind: str, image: NDArray[np.uint8], strength: float = 1.0, soiled: float = 0.0, size: int = 256
) -> Picture:
    """Draws a defect on a photograph u8 [H,W,3] of a clean surface; the result is `size` x `size`.

    strength: 1 as on a drawn surface, less is fainter; soiled: chance of harmless marks (stains, scratches, corners of
    the part) beneath it. More variety than any set of labelled defects has, on surfaces no generator draws.
    Raises ValueError for an unknown kind.
    """
    if kind not in _DEFECTS:
        raise ValueError(f'Cannot mark a picture as the kind must be one of {", ".join(KINDS)}: {kind}')
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    roughness = float((grey - cv2.GaussianBlur(grey, (0, 0), 4)).std())
    level = grey.copy()
    frame = photographed.soil(rng, level) if rng.random() < soiled else np.zeros(grey.shape, np.uint8)
    under = np.clip(level, 0, None) + 1
    part = surface.Surface(level, frame, roughness)
    add = _PHOTOGRAPHED[kind] if kind in _PHOTOGRAPHED and rng.random() < 0.5 else _DEFECTS[kind]
    mask = np.zeros(grey.shape, np.uint8) if add is None else add(rng, part)
    ratio = under / (grey + 1) * ((np.clip(level, 0, None) + 1) / under) ** strength
    return Picture(np.clip(np.rint(small * ratio[..., None]), 0, 255).astype(np.uint8), mask)


def photograph(seed: int, kind: str, width: int = 640, height: int = 480, surface_name: str = 'brushed') -> Picture:
    """A BGR picture as a camera might deliver it: enlarged, with sensor noise and a slightly cool tint."""
    rng = np.random.default_rng([seed, KINDS.index(kind) if kind in KINDS else 0])
    drawn = draw(rng, kind, 256, surface_name)
    grey = cv2.resize(drawn.image, (width, height), interpolation=cv2.INTER_CUBIC) + rng.normal(0, 3, (height, width))
    tinted = grey[..., None] * np.array([1.03, 1.0, 0.98])
    image = np.clip(np.rint(tinted), 0, 255).astype(np.uint8)
    return Picture(image, cv2.resize(drawn.mask, (width, height), interpolation=cv2.INTER_NEAREST))
