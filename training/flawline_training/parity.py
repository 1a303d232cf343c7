"""How far an exported file is from the network in training's own framework."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .inspect import openvino_predictor, torch_predictor
from .network import Deployed, LiteNet, UNet


@dataclass(frozen=True)
class Parity:
    """Largest difference of a probability, and how many pixels change side at 0.5, over `pictures`."""

    pictures: int
    largest_difference: float
    changed_pixels: int
    pixels: int


def compare_files(network: UNet | LiteNet, path: Path, tensors: Iterable[NDArray[np.uint8]]) -> Parity:
    """The training framework against an IR file, both in f32."""
    reference = torch_predictor(Deployed(network).eval())
    predict, _ = openvino_predictor(path)
    largest, changed, pixels, pictures = 0.0, 0, 0, 0
    for tensor in tensors:
        expected, found = reference(tensor), predict(tensor)
        largest = max(largest, float(np.abs(expected - found).max()))
        changed += int(((expected > 0.5) != (found > 0.5)).sum())
        pixels += expected.size
        pictures += 1
    return Parity(pictures, largest, changed, pixels)
