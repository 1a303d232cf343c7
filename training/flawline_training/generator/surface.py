"""Clean surfaces: what a defect is drawn on, with all the harmless marks that must not be taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .noise import Mask, Rng, Texture, blob, field, grain, normal, soft, streaks, stroke, walk


@dataclass(frozen=True)
class Surface:
    """grey: f32 [size,size], grey levels, not yet clipped to 0..255; frame: 1 where the picture shows what lies beside
    the part; roughness: amplitude of the texture in grey levels."""

    grey: Texture
    frame: Mask
    roughness: float


def brushed(rng: Rng, size: int) -> Surface:
    """Ground metal or ceramic: streaks downwards, grain, scratches, stains, sometimes the part's edges."""
    roughness = rng.uniform(3, 12)
    grey = _light(rng, size) + streaks(rng, size, roughness, rng.uniform(0.5, 1.0))
    grey += grain(rng, size, rng.uniform(0.4, 0.9)) * rng.uniform(3, 9)
    add_scratches(rng, grey)
    add_stains(rng, grey)
    frame = add_frame(rng, grey) if rng.random() < 0.55 else np.zeros((size, size), np.uint8)
    return Surface(grey, frame, roughness)


def woven(rng: Rng, size: int) -> Surface:
    """Cloth: two crossing sets of threads with their own drift and thickness, and lint."""
    roughness = rng.uniform(8, 20)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    pitch = rng.uniform(5, 9)
    warp = np.sin(2 * np.pi * (x + field(rng, size, 4, 1.2)) / pitch)
    weft = np.sin(2 * np.pi * (y + field(rng, size, 4, 1.2)) / (pitch * rng.uniform(0.9, 1.2)))
    over = np.sin(np.pi * x / pitch) * np.sin(np.pi * y / pitch) > 0
    grey = _light(rng, size) + roughness * np.where(over, warp, weft)
    grey += grain(rng, size, rng.uniform(0.4, 0.9)) * rng.uniform(3, 9)
    add_stains(rng, grey)
    return Surface(grey.astype(np.float32), np.zeros((size, size), np.uint8), roughness)


def perforated(rng: Rng, size: int) -> Surface:
    """Sheet metal with rows of round holes that belong there: each looks like the blowhole of another part."""
    plain = brushed(rng, size)
    pitch = rng.uniform(26, 40)
    radius = pitch * rng.uniform(0.12, 0.2)
    angle = rng.normal(0, 0.05)
    left, top = rng.uniform(0, pitch, 2)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    along, across = x * np.cos(angle) + y * np.sin(angle) + left, y * np.cos(angle) - x * np.sin(angle) + top
    offset = np.where(np.floor(across / pitch) % 2 == 0, 0, pitch / 2)
    distance = np.hypot((along + offset) % pitch - pitch / 2, across % pitch - pitch / 2)
    holes = soft((distance < radius).astype(np.uint8), 0.8)
    grey = plain.grey * (1 - holes) + holes * (rng.uniform(5, 30) + 3 * normal(rng, size, size))
    return Surface(grey.astype(np.float32), plain.frame, plain.roughness)


def _light(rng: Rng, size: int) -> Texture:
    """Level, unevenly lit, darker to the sides where the part is curved."""
    grey = np.full((size, size), rng.uniform(60, 150), np.float32)
    grey += field(rng, size, int(rng.integers(1, 4)), rng.uniform(5, 22))
    if rng.random() < 0.5:
        across = np.linspace(-1, 1, size, dtype=np.float32) - rng.uniform(-0.3, 0.3)
        grey *= (1 - rng.uniform(0.05, 0.5) * across**2)[None]
    return grey


def add_scratches(rng: Rng, grey: Texture) -> None:
    """Bright lines of grinding, at most eight."""
    size = len(grey)
    for _ in range(int(rng.integers(0, 9))):
        x, y, length = rng.uniform(0, size), rng.uniform(-0.3 * size, size), rng.uniform(0.15, 1) * size
        line = stroke(size, np.array([(x, y), (x + rng.normal(0, 2), y + length)]), np.ones(2))
        grey += soft(line, rng.uniform(0.5, 1.2)) * rng.uniform(10, 70)


def add_stains(rng: Rng, grey: Texture) -> None:
    """Faint lines and patches, at most four: a defect is clearly darker or rougher than these."""
    size = len(grey)
    for _ in range(int(rng.integers(0, 5))):
        if rng.random() < 0.5:
            start = (rng.uniform(0, size), rng.uniform(0, size))
            path = walk(rng, start, rng.uniform(0, 2 * np.pi), rng.uniform(15, 80), 0.6)
            grey *= 1 - soft(stroke(size, path, np.ones(len(path))), rng.uniform(0.8, 1.8)) * rng.uniform(0.05, 0.2)
        else:
            radius = rng.uniform(8, 50)
            centre = (rng.uniform(0, size), rng.uniform(0, size))
            patch = blob(rng, size, centre, (radius, radius * rng.uniform(0.4, 1)), 0.3)
            grey *= 1 + soft(patch, radius * 0.4) * rng.uniform(-0.3, 0.12)


def add_frame(rng: Rng, grey: Texture) -> Mask:
    """Darkens what lies beside the part on some of the four sides; sometimes the edge shines. Returns where."""
    size = len(grey)
    frame: Mask = np.zeros((size, size), np.uint8)
    along = np.linspace(-1, 1, size)
    for side in range(4):
        if rng.random() < 0.45:
            width, bow, tilt = rng.uniform(1, 13), rng.uniform(-4, 6), rng.normal(0, 0.015)
            depth = np.maximum(width + bow * (along**2 - 0.5) + tilt * size * along / 2, 0)
            outside = (np.arange(size)[:, None] < depth[None]).astype(np.uint8)
            frame |= np.rot90(outside, side)
    opacity = soft(frame, rng.uniform(0.6, 2.0))
    grey *= 1 - opacity
    grey += opacity * (rng.uniform(5, 35) + 4 * normal(rng, size, size))
    if rng.random() < 0.4:
        rim = cv2.dilate(frame, np.ones((3, 3), np.uint8), iterations=int(rng.integers(2, 6))) - frame
        grey += soft(rim, 1.2) * rng.uniform(8, 60)
    return frame
