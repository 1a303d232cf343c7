"""A surface with one kind of defect on it, as the network sees it and as a camera would hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import defects, surface
from .noise import Mask, Rng

_DEFECTS: dict[str, Callable[[Rng, surface.Surface], Mask] | None] = {
    'clean': None,
    'crack': defects.crack,
    'blowhole': defects.blowhole,
    'break': defects.break_,
    'fray': defects.fray,
    'uneven': defects.uneven,
}
_SURFACES: dict[str, Callable[[Rng, int], surface.Surface]] = {'brushed': surface.brushed, 'woven': surface.woven}

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


def mark(rng: Rng, kind: str, image: NDArray[np.uint8], strength: float = 1.0) -> Picture:
    """Draws a defect on a photograph u8 [H,W,3] of a clean surface; the result is 256 x 256.

    strength: 1 as on a drawn surface, less is fainter. More variety than any set of labelled defects has, on surfaces no
    generator draws. Raises ValueError for an unknown or clean kind.
    """
    add = _DEFECTS.get(kind)
    if add is None:
        raise ValueError(f'Cannot mark a picture as the kind must be one of {", ".join(KINDS[1:])}: {kind}')
    small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    roughness = float((grey - cv2.GaussianBlur(grey, (0, 0), 4)).std())
    part = surface.Surface(grey.copy(), np.zeros(grey.shape, np.uint8), roughness)
    mask = add(rng, part)
    ratio = ((np.clip(part.grey, 0, None) + 1) / (grey + 1)) ** strength
    return Picture(np.clip(np.rint(small * ratio[..., None]), 0, 255).astype(np.uint8), mask)


def photograph(seed: int, kind: str, width: int = 640, height: int = 480, surface_name: str = 'brushed') -> Picture:
    """A BGR picture as a camera might deliver it: enlarged, with sensor noise and a slightly cool tint."""
    rng = np.random.default_rng([seed, KINDS.index(kind) if kind in KINDS else 0])
    drawn = draw(rng, kind, 256, surface_name)
    grey = cv2.resize(drawn.image, (width, height), interpolation=cv2.INTER_CUBIC) + rng.normal(0, 3, (height, width))
    tinted = grey[..., None] * np.array([1.03, 1.0, 0.98])
    image = np.clip(np.rint(tinted), 0, 255).astype(np.uint8)
    return Picture(image, cv2.resize(drawn.mask, (width, height), interpolation=cv2.INTER_NEAREST))
