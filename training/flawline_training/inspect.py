"""What the service does with a picture, step by step the same: plain resize, u8 NCHW BGR, largest probability, > 0.5."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from .metrics import PictureResult, compare
from .network import Deployed
from .sample import Sample

#: u8 [1,3,H,W] BGR to probability f32 [H,W].
Predictor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def resize_pair(sample: Sample, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Picture u8 [H,W,3] and truth u8 [H,W] 0/1 at `size` (width, height); the truth's grey values are cut at > 127."""
    image = cv2.resize(sample.image, size, interpolation=cv2.INTER_LINEAR)
    mask = cv2.resize(sample.mask * 255, size, interpolation=cv2.INTER_LINEAR)
    return image, (mask > 127).astype(np.uint8)


def to_tensor(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """u8 [H,W,3] to u8 [1,3,H,W]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


def torch_predictor(deployed: Deployed) -> Predictor:
    """A predictor of the network in training's own framework, f32."""

    def predict(tensor: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.no_grad():
            return deployed(torch.from_numpy(tensor))[0, 0].numpy()

    return predict


def openvino_predictor(path: Path, precision: str = 'f32') -> tuple[Predictor, tuple[int, int]]:
    """A predictor of an IR file on the CPU, and the model's input size (width, height)."""
    import openvino as ov

    compiled = ov.Core().compile_model(str(path), 'CPU', {'INFERENCE_PRECISION_HINT': precision})
    _, _, height, width = compiled.input(0).shape

    def predict(tensor: NDArray[np.uint8]) -> NDArray[np.float32]:
        return compiled(tensor)[0][0, 0].copy()

    return predict, (int(width), int(height))


def inspect_samples(predict: Predictor, samples: Iterable[Sample], size: tuple[int, int]) -> Iterator[PictureResult]:
    """One result a picture, in their order."""
    for sample in samples:
        image, mask = resize_pair(sample, size)
        yield compare(sample.name, sample.kind, sample.truth, predict(to_tensor(image)), mask)


def count_contours(mask: NDArray[np.uint8]) -> int:
    """The service's `defect`: contours of a 0/255 mask, holes included."""
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    return len(contours)


def white_mask(probability: NDArray[np.float32], threshold: float = 0.5) -> NDArray[np.uint8]:
    """255 where the probability is > threshold, else 0."""
    return np.where(probability > threshold, 255, 0).astype(np.uint8)


def mean_score(results: Sequence[PictureResult]) -> float:
    """Mean of the largest probabilities; a quick sign of a network that has collapsed."""
    return float(np.mean([result.score for result in results])) if results else float('nan')
