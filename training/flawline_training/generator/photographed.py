"""Marks for photographs of real surfaces: defects as they look there, and harmless marks that must not be taken for one.

Like `defects`: each function changes the surface's grey levels in place; defects return their mask u8 [size,size] 0/1.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from .defects import NEAR
from .noise import Mask, Rng, Texture, blob, field, grain, normal, soft, streaks, stroke, walk
from .surface import Surface, add_frame, add_scratches, add_stains


def hairline(rng: Rng, surface: Surface) -> Mask:
    """One to three faint straight cracks along the grinding, a pixel or two wide."""
    size = len(surface.grey)
    mask: Mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        length = rng.uniform(15, 130)
        start = (rng.uniform(0.04 * size, 0.96 * size), rng.uniform(-0.05 * size, size - 0.8 * length))
        path = walk(rng, start, math.pi / 2 + rng.normal(0, 0.06), length, rng.uniform(0.01, 0.12))
        darkness = np.clip(1 + field(rng, size, 10, 0.35), 0.3, 1.2)
        surface.grey[:] *= 1 - soft(stroke(size, path, np.ones(len(path))), 0.5) * rng.uniform(0.35, 0.9) * darkness
        mask |= stroke(size, path, np.full(len(path), rng.integers(2, 4)))
    return mask


def torn_edge(rng: Rng, surface: Surface) -> Mask:
    """A wedge along an upright side where the surface is torn: smooth and dull, with bright specks."""
    grey, size = surface.grey, len(surface.grey)
    length, width = size * rng.uniform(0.2, 0.95), size * rng.uniform(0.03, 0.16)
    along = np.arange(size)
    reach = width * np.clip(1 - along / length, 0, 1) ** rng.uniform(0.4, 1.2)
    reach += (reach > 0) * cv2.GaussianBlur(normal(rng, 1, size), (0, 0), sigmaX=3, sigmaY=0.1)[0] * 4
    inset = rng.uniform(0, 0.06) * size
    across = np.arange(size)[None]
    mask = ((across >= inset) & (across < inset + reach[:, None])).astype(np.uint8)
    specks = (grain(rng, size, 0.6) > rng.uniform(0.6, 1.0)).astype(np.float32)
    if rng.random() < 0.5:
        mask, specks = mask[:, ::-1], specks[:, ::-1]
    if rng.random() < 0.7:
        mask = mask[::-1]
    mask = np.ascontiguousarray(mask)
    inside = cv2.GaussianBlur(grey, (0, 0), 4) * rng.uniform(0.55, 1.0) + grain(rng, size, 0.8) * rng.uniform(2, 8)
    inside += soft(np.ascontiguousarray(specks), 0.5) * rng.uniform(20, 140)
    opacity = soft(mask, rng.uniform(0.6, 1.5))
    grey[:] = grey * (1 - opacity) + opacity * inside
    return mask


def reground(rng: Rng, surface: Surface) -> Mask:
    """A band, box or corner whose own texture is coarser and mostly brighter, behind a sharp border."""
    grey, size = surface.grey, len(surface.grey)
    mask = _region(rng, size)
    smooth = cv2.GaussianBlur(grey, (0, 0), 6)
    gain = rng.uniform(1.05, 1.7) if rng.random() < 0.8 else rng.uniform(0.6, 0.92)
    inside = smooth * gain + (grey - smooth) * rng.uniform(1.2, 3)
    inside += streaks(rng, size, surface.roughness * rng.uniform(0.3, 2), rng.uniform(0.6, 1.6))
    opacity = soft(mask, rng.uniform(0.6, 2.0))
    grey[:] = grey * (1 - opacity) + opacity * inside
    return mask


def soil(rng: Rng, grey: Texture) -> Mask:
    """Adds scratches, stains and what lies beside the part; returns where that is. None of it is a defect."""
    size = len(grey)
    if rng.random() < 0.3:
        add_scratches(rng, grey)
    if rng.random() < 0.5:
        add_stains(rng, grey)
    frame = add_frame(rng, grey) if rng.random() < 0.3 else np.zeros((size, size), np.uint8)
    if rng.random() < 0.5:
        frame |= _add_corners(rng, grey)
    if rng.random() < 0.5:
        _add_shadow(rng, grey)
    return frame


def _region(rng: Rng, size: int) -> Mask:
    mask: Mask = np.zeros((size, size), np.uint8)
    low, high = np.sort(rng.uniform(0, 1, 2)) * size
    high = max(high, low + 0.06 * size)
    shape = rng.random()
    if shape < 0.4:
        low, high = 0, rng.uniform(0.05, 0.55) * size
    left, right = 0.0, float(size)
    if shape > 0.65:
        left = rng.uniform(-0.1, 0.4) * size
        right = left + rng.uniform(0.3, 0.9) * size
    tilt = rng.normal(0, 0.05) * size
    corners = np.array([(left, low), (right, low + tilt), (right, high + tilt), (left, high)])
    if shape < 0.15:
        wide, deep = rng.uniform(0.15, 0.6, 2) * size
        corners = np.array([(0, 0), (wide, 0), (wide * rng.uniform(0.3, 0.7), deep * 0.5), (0, deep)])
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    bend = field(rng, size, 8, 3)
    wavy = np.clip(np.arange(size)[:, None] + bend, 0, size - 1).astype(np.int32)
    mask = mask[wavy, np.arange(size)[None]]
    for axis in (0, 1):
        if rng.random() < 0.5:
            mask = np.flip(mask, axis)
    return np.ascontiguousarray(mask)


def _add_corners(rng: Rng, grey: Texture) -> Mask:
    """Rounds off some corners of the part, some of them widely: what lies behind is nearly black, sometimes with a shining
    edge. A break lies there too, and is rough."""
    size = len(grey)
    gone: Mask = np.zeros((size, size), np.uint8)
    for x in (0, size):
        for y in (0, size):
            if rng.random() < 0.5:
                reach = (3, 20) if rng.random() < 0.65 else (12, 48)
                gone |= blob(rng, size, (x, y), tuple(rng.uniform(*reach, 2)), 0.1)
    opacity = soft(gone, rng.uniform(0.6, 1.8))
    grey *= 1 - opacity
    grey += opacity * (rng.uniform(3, 35) + 3 * normal(rng, size, size))
    if rng.random() < 0.4:
        grey += soft(cv2.morphologyEx(gone, cv2.MORPH_GRADIENT, NEAR), 1.0) * rng.uniform(8, 70)
    return gone


def _add_shadow(rng: Rng, grey: Texture) -> None:
    """Lets one side, or the corner it ends in, fall into shadow: the part bends away from the lamp there."""
    size = len(grey)
    inwards = np.linspace(0, 1, size, dtype=np.float32)
    fall = np.exp(-((inwards / rng.uniform(0.06, 0.35)) ** 2))
    along = np.ones(size, np.float32) if rng.random() < 0.5 else np.exp(-((inwards / rng.uniform(0.1, 0.6)) ** 2))
    shadow = np.rot90(along[:, None] * fall[None], int(rng.integers(4)))
    grey *= 1 - rng.uniform(0.2, 0.9) * shadow
