"""The random shapes and textures that surfaces and defects are made of.

All sizes are pixels of a square canvas of `size`; textures are f32 [size,size] in grey levels, masks u8 [size,size] 0/1.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Texture = NDArray[np.float32]
Mask = NDArray[np.uint8]

#: Sub-pixel bits of the coordinates handed to OpenCV's drawing functions.
SHIFT = 4


def normal(rng: Rng, *shape: int) -> Texture:
    """Standard normal noise."""
    return rng.normal(0, 1, shape).astype(np.float32)


def grain(rng: Rng, size: int, sigma: float) -> Texture:
    """Normal noise blurred to `sigma` pixels, not brought back to unit variance."""
    return cv2.GaussianBlur(normal(rng, size, size), (0, 0), sigma)


def field(rng: Rng, size: int, cells: int, amplitude: float) -> Texture:
    """A smooth random field with about `cells` hills along a side."""
    coarse = normal(rng, cells + 1, cells + 1)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) * amplitude


def streaks(rng: Rng, size: int, amplitude: float, width: float) -> Texture:
    """Grinding marks: noise drawn out downwards, `width` pixels wide, stronger here and weaker there."""
    short = cv2.GaussianBlur(normal(rng, size, size), (0, 0), sigmaX=width, sigmaY=rng.uniform(10, 40))
    full = cv2.GaussianBlur(normal(rng, 1, size), (0, 0), sigmaX=rng.uniform(0.6, 2.5), sigmaY=0.1)
    short /= short.std() + 1e-6
    full /= full.std() + 1e-6
    strength = np.clip(1 + field(rng, size, 3, 0.45), 0.1, 2.2)
    return amplitude * strength * (0.6 * short + 0.5 * np.repeat(full, size, 0))


def soft(mask: NDArray[np.generic], sigma: float) -> Texture:
    """A mask as an opacity 0..1 with blurred edges."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)


def blob(
    rng: Rng, size: int, centre: tuple[float, float], radii: tuple[float, float], rough: float, angle: float = 0.0
) -> Mask:
    """A filled ellipse with an irregular outline; `centre` and `radii` are (x, y), `angle` in radians."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(turn.size)
    for harmonic in range(1, 7):
        radius += rough / harmonic**0.7 * rng.normal() * np.cos(harmonic * turn + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.45, 1.7)
    x, y = radii[0] * radius * np.cos(turn), radii[1] * radius * np.sin(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    points = np.stack([centre[0] + cos * x - sin * y, centre[1] + sin * x + cos * y], 1)
    mask: Mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.rint(points * 2**SHIFT).astype(np.int32)], 1, shift=SHIFT)
    return mask


def walk(rng: Rng, start: tuple[float, float], angle: float, length: float, bend: float) -> NDArray[np.float64]:
    """A path [n,2] of (x, y) in steps of 4 pixels whose direction drifts by `bend` radians a step."""
    x, y = start
    points = [start]
    for _ in range(int(length / 4)):
        angle += rng.normal(0, bend)
        x, y = x + 4 * math.cos(angle), y + 4 * math.sin(angle)
        points.append((x + rng.normal(0, 0.5), y + rng.normal(0, 0.5)))
    return np.array(points, np.float64)


def stroke(size: int, path: NDArray[np.float64], widths: NDArray[np.float64]) -> Mask:
    """The path drawn as a line; `widths` [n] in pixels, rounded, at least 1."""
    mask: Mask = np.zeros((size, size), np.uint8)
    points = np.rint(path * 2**SHIFT).astype(np.int32)
    for begin, end, width in zip(points, points[1:], widths, strict=False):
        start, stop = (int(begin[0]), int(begin[1])), (int(end[0]), int(end[1]))
        cv2.line(mask, start, stop, 1, max(1, round(width)), cv2.LINE_8, SHIFT)
    return mask
