"""One function a kind of defect: it changes the surface's grey levels in place and returns the mask u8 [size,size] 0/1.

Lengths are pixels of a canvas of 256; on another canvas the defects keep these sizes where they are details of the
material (crack, blowhole, break) and grow with the canvas where they cover a share of the part (fray, uneven).
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from .noise import Mask, Rng, blob, field, grain, normal, soft, streaks, stroke, walk
from .surface import Surface

NEAR = np.ones((3, 3), np.uint8)


def crack(rng: Rng, surface: Surface) -> Mask:
    """One or two thin dark lines, most of them along the grinding, some with a branch."""
    size = len(surface.grey)
    mask: Mask = np.zeros((size, size), np.uint8)
    for _ in range(1 if rng.random() < 0.7 else 2):
        angle = (math.pi / 2 if rng.random() < 0.8 else rng.uniform(0, math.pi)) + rng.normal(0, 0.2)
        length = rng.uniform(30, 110) if rng.random() < 0.6 else rng.uniform(110, size)
        start = (rng.uniform(0.06 * size, 0.94 * size), rng.uniform(-0.05 * size, max(1, size - length)))
        paths = [walk(rng, start, angle, length, rng.uniform(0.05, 0.3))]
        if rng.random() < 0.3 and len(paths[0]) > 8:
            x, y = paths[0][rng.integers(3, len(paths[0]) - 3)]
            paths.append(walk(rng, (x, y), angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.0), length * 0.3, 0.2))
        depth, width, blur = rng.uniform(0.35, 0.75), rng.uniform(1, 2.6), rng.uniform(0.5, 1.0)
        for path in paths:
            wave = np.sin(np.linspace(0, rng.uniform(2, 9), len(path)) + rng.uniform(0, 6))
            widths = width * np.clip(1 + 0.5 * wave, 0.5, 2)
            opacity = np.clip(soft(stroke(size, path, widths), blur) * 1.3, 0, 1)
            darkness = np.clip(1.1 + field(rng, size, 12, 0.35), 0.25, 1)
            surface.grey[:] *= 1 - opacity * depth * darkness
            mask |= stroke(size, path, widths + 2)
    return mask


def blowhole(rng: Rng, surface: Surface) -> Mask:
    """One to three small dark pits, often with a lit rim on one side."""
    size = len(surface.grey)
    mask: Mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        radius = rng.uniform(2.2, 6.5)
        centre = (rng.uniform(4, size - 4), rng.uniform(4, size - 4))
        pit = blob(rng, size, centre, (radius, radius * rng.uniform(0.6, 1.8)), 0.18, rng.uniform(0, 3))
        opacity = soft(pit, rng.uniform(0.6, 1.2))
        surface.grey[:] *= 1 - opacity * rng.uniform(0.4, 0.8)
        if rng.random() < 0.6:
            rim = np.clip(soft(cv2.dilate(pit, NEAR), 0.7) - opacity, 0, 1)
            surface.grey[:] += np.roll(rim, rng.integers(-1, 2, 2), (0, 1)) * rng.uniform(10, 60)
        mask |= cv2.dilate(pit, NEAR)
    return mask


def break_(rng: Rng, surface: Surface) -> Mask:
    """One or two chips out of the part's edge: rough, darker, with a bright or dark lip."""
    grey, size = surface.grey, len(surface.grey)
    level = float(np.median(grey))
    mask: Mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.choice([1, 1, 2]))):
        side, along = int(rng.integers(4)), rng.uniform(0, size)
        if rng.random() < 0.3:
            along = rng.choice([0, size]) + rng.normal(0, 6)
        if rng.random() < 0.6:
            length, depth = rng.uniform(6, 24), rng.uniform(4, 16)
        else:
            length, depth = rng.uniform(20, 60), rng.uniform(6, 36)
        edge = 5 if surface.frame.mean(0).max() > 0.5 else 2
        across = edge if side % 2 == 0 else size - edge
        centre, radii = ((along, across), (length, depth)) if side < 2 else ((across, along), (depth, length))
        chip = blob(rng, size, centre, radii, 0.3)
        opacity = soft(chip, rng.uniform(0.5, 1.0))
        inside = level * rng.uniform(0.15, 0.75) + field(rng, size, int(rng.integers(10, 28)), rng.uniform(6, 22))
        inside += grain(rng, size, 0.8) * rng.uniform(4, 14)
        grey[:] = grey * (1 - opacity) + opacity * inside
        if rng.random() < 0.7:
            lip = cv2.morphologyEx(chip, cv2.MORPH_GRADIENT, NEAR)
            grey[:] += soft(lip, 0.7) * np.clip(field(rng, size, 10, 1), -1, 1) * rng.uniform(15, 60)
        mask |= chip
    return mask


def fray(rng: Rng, surface: Surface) -> Mask:
    """One large smooth patch where the grinding did not reach: mostly darker, sometimes brighter."""
    grey, size = surface.grey, len(surface.grey)
    centre = (rng.uniform(0.2, 0.8) * size, rng.uniform(0.2, 0.8) * size)
    radii = (rng.uniform(0.08, 0.22) * size, rng.uniform(0.15, 0.42) * size)
    patch = blob(rng, size, centre, radii, 0.1, rng.normal(0, 0.15))
    gain = rng.uniform(0.5, 0.85) if rng.random() < 0.75 else rng.uniform(1.15, 1.45)
    inside = cv2.GaussianBlur(grey, (0, 0), 9) * gain + field(rng, size, 6, 4) + grain(rng, size, 0.8) * rng.uniform(2, 7)
    opacity = soft(patch, rng.uniform(0.6, 2.0))
    grey[:] = grey * (1 - opacity) + opacity * inside
    return patch


def uneven(rng: Rng, surface: Surface) -> Mask:
    """A strip or corner that was ground differently: another level and coarser streaks behind a wavy border."""
    grey, size = surface.grey, len(surface.grey)
    along = np.arange(size)
    wave = cv2.GaussianBlur(normal(rng, 1, size), (0, 0), sigmaX=rng.uniform(4, 20), sigmaY=0.1)[0] * rng.uniform(4, 25)
    if rng.random() < 0.7:
        depth = size * rng.uniform(0.12, 0.55) + wave + rng.normal(0, 0.06) * (along - size / 2)
    else:
        depth = size * rng.uniform(0.15, 0.5) * (1 - along / (size * rng.uniform(0.35, 0.9))) + wave
    area = (np.arange(size)[:, None] < depth[None]).astype(np.uint8)
    if rng.random() < 0.5:
        area = area[::-1]
    if rng.random() < 0.5:
        area = area[:, ::-1]
    if rng.random() < 0.15:
        area = area.T
    area = np.ascontiguousarray(area)
    gain = rng.uniform(1.25, 1.9) if rng.random() < 0.75 else rng.uniform(0.55, 0.8)
    roughness = surface.roughness * rng.uniform(1.3, 3.0) + 4
    inside = cv2.GaussianBlur(grey, (0, 0), 6) * gain + streaks(rng, size, roughness, rng.uniform(0.6, 1.5))
    opacity = soft(area, rng.uniform(0.6, 2.5))
    grey[:] = grey * (1 - opacity) + opacity * inside
    return area
