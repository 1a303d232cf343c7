"""The picture a service checks its engine with at start, and what the model must make of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .generator import KINDS, draw
from .inspect import Predictor, count_contours, openvino_predictor, to_tensor, white_mask

#: Generated pictures to choose from.
CANDIDATES = 60
#: What it must show at least: defects, and the share of the picture they cover.
MIN_DEFECTS, MIN_WHITE_SHARE = 2, 0.005


@dataclass(frozen=True)
class SelfTest:
    """What model.json says under `selfTest`; margin: distance of the closest probability to the threshold."""

    picture: str
    defect: int
    mask_sha256: str
    white_pixels: int
    margin: float


def describe(predict: Predictor, image: NDArray[np.uint8], picture: str) -> SelfTest:
    """What the model makes of a picture u8 [H,W,3] of its own size."""
    probability = predict(to_tensor(image))
    mask = white_mask(probability)
    return SelfTest(
        picture,
        count_contours(mask),
        hashlib.sha256(mask.tobytes()).hexdigest(),
        int((mask > 0).sum()),
        float(np.abs(probability - 0.5).min()),
    )


def write_self_test(model: Path, picture: Path) -> SelfTest:
    """Chooses the generated picture on which the mask is surest, writes it as JPEG at the model's size, describes it.

    JPEG, because a service whose cameras send JPEG then never loads another decoder. Another processor adds in
    another order, so a probability may differ in its last bits. Where no pixel is near the
    threshold the mask stays the same on every machine.
    """
    predict, size = openvino_predictor(model)
    best: tuple[SelfTest, bytes] | None = None
    for seed in range(CANDIDATES):
        kind = KINDS[1 + seed % (len(KINDS) - 1)]
        grey = cv2.resize(draw(np.random.default_rng([4000, seed]), kind).image, size, interpolation=cv2.INTER_LINEAR)
        image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)
        encoded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
        decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        assert decoded is not None
        found = describe(predict, decoded.astype(np.uint8), picture.name)
        is_plain = found.defect >= MIN_DEFECTS and found.white_pixels >= MIN_WHITE_SHARE * size[0] * size[1]
        if is_plain and (best is None or found.margin > best[0].margin):
            best = (found, encoded.tobytes())
    if best is None:
        raise ValueError(
            f'Cannot write a self-test as the model must find {MIN_DEFECTS} defects on a picture: {model} does not'
        )
    picture.write_bytes(best[1])
    return best[0]
