"""What a picture may look like another day: moved, turned, lit, blurred, and with another part's defect on it.

Images are u8 [H,W,3] BGR, masks u8 [H,W] 0/1; nothing is changed in place.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Rng = np.random.Generator


def warp(rng: Rng, image: Image, mask: Mask, width: int, height: int, quarter_turns: float = 0.05) -> tuple[Image, Mask]:
    """One affine step to the network's size: flips, scale 0.7 to 1.4, aspect, tilt, shift, seldom a quarter turn."""
    scale = math.exp(np.clip(rng.normal(0, 0.14), -0.35, 0.35))
    aspect = math.exp(rng.normal(0, 0.07))
    angle = math.radians(rng.normal(0, 3))
    if rng.random() < quarter_turns:
        angle += math.pi / 2 * rng.integers(1, 4)
    flip_x, flip_y = rng.choice([-1, 1], 2)
    rows, columns = mask.shape
    stretch = np.diag([scale * aspect * width / columns * flip_x, scale / aspect * height / rows * flip_y])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) @ stretch
    slack = np.array([width, height]) * (max(0.0, scale - 1) / 2 + 0.04)
    centre = np.array([width, height]) / 2 + rng.uniform(-1, 1, 2) * slack
    matrix = np.hstack([turn, (centre - turn @ np.array([columns, rows]) / 2)[:, None]])
    moved = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    marks = cv2.warpAffine(mask * 255, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved, (marks > 127).astype(np.uint8)


def bend(rng: Rng, image: Image, mask: Mask) -> tuple[Image, Mask]:
    """Shifts the picture by a smooth random field of a few pixels: another shape of the same defect."""
    rows, columns = mask.shape
    cells = int(rng.integers(3, 8))
    shift = rng.normal(0, 0.006 * max(rows, columns), (cells, cells, 2)).astype(np.float32)
    shift = cv2.resize(shift, (columns, rows), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    at_x, at_y = x + shift[..., 0], y + shift[..., 1]
    moved = cv2.remap(image, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    marks = cv2.remap(mask * 255, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved, (marks > 127).astype(np.uint8)


def transplant(rng: Rng, image: Image, mask: Mask, donor: Image, donor_mask: Mask) -> tuple[Image, Mask]:
    """Puts the donor's defects on this picture, as the ratio of their brightness to the donor's clean surface.

    Small ones land anywhere; one that covers much of its part, or lies at its edge, stays where it was (or mirrored).
    """
    rows, columns = mask.shape
    donor = cv2.resize(donor, (columns, rows), interpolation=cv2.INTER_LINEAR)
    marks = (cv2.resize(donor_mask * 255, (columns, rows), interpolation=cv2.INTER_LINEAR) > 127).astype(np.uint8)
    if not marks.any():
        return image, mask
    clean = cv2.dilate(marks, np.ones((5, 5), np.uint8)) == 0
    if clean.mean() < 0.2:
        return image, mask
    ratio = np.clip(donor / max(float(_surroundings(donor, marks, clean)), 8.0), 0.1, 4.0).astype(np.float32)
    for axis in (0, 1):
        if rng.random() < 0.5:
            ratio, marks = np.flip(ratio, axis), np.flip(marks, axis)
    ratio, marks = np.ascontiguousarray(ratio), np.ascontiguousarray(marks)
    if marks.mean() < 0.03:
        ratio, marks = _shift_inside(rng, ratio, marks)
    opacity = cv2.GaussianBlur(cv2.dilate(marks, np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), 1.2)[..., None]
    base = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 6)
    mixed = image * (1 - opacity) + opacity * base * ratio ** math.exp(rng.normal(0, 0.2))
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8), mask | marks


def _surroundings(donor: Image, marks: Mask, clean: NDArray[np.bool_]) -> float:
    """Mean grey level of the clean surface within 12 pixels of the defect, or of all of it where there is none."""
    near = (cv2.dilate(marks, np.ones((25, 25), np.uint8)) > 0) & clean
    return float(donor[near if near.sum() > 20 else clean].mean())


def _shift_inside(rng: Rng, ratio: NDArray[np.float32], marks: Mask) -> tuple[NDArray[np.float32], Mask]:
    """Moves everything by one vector that keeps the defect inside; a defect at the border slides along it."""
    rows, columns = marks.shape
    x, y, width, height = cv2.boundingRect(marks)
    at_side, at_end = x <= 2 or x + width >= columns - 2, y <= 2 or y + height >= rows - 2
    move_x = 0 if at_side else int(rng.integers(-x, columns - x - width + 1))
    move_y = 0 if at_end else int(rng.integers(-y, rows - y - height + 1))
    return np.roll(ratio, (move_y, move_x), (0, 1)), np.roll(marks, (move_y, move_x), (0, 1))


def relight(rng: Rng, image: Image) -> Image:
    """Another lamp, another camera: gamma, contrast, level, uneven light, blur or sharpening, noise, JPEG, tint."""
    picture = image.astype(np.float32)
    if rng.random() < 0.5:
        picture = 255 * (picture / 255) ** math.exp(rng.normal(0, 0.25))
    picture = (picture - 100) * math.exp(rng.normal(0, 0.25)) + 100 + rng.normal(0, 18)
    if rng.random() < 0.5:
        cells = int(rng.integers(2, 5))
        light = rng.normal(0, 0.15, (cells, cells)).astype(np.float32)
        light = cv2.resize(light, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        picture *= np.exp(light)[..., None]
    if rng.random() < 0.35:
        blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.4))
        picture = blurred if rng.random() < 0.6 else picture + rng.uniform(0.3, 1.0) * (picture - blurred)
    if rng.random() < 0.4:
        picture = picture + rng.normal(0, rng.uniform(1, 8), picture.shape[:2])[..., None]
    if rng.random() < 0.5:
        picture = picture * np.exp(rng.normal(0, 0.02, 3))
    result = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        coded = cv2.imencode('.jpg', result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 92))])[1]
        result = cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.uint8)
    return result
