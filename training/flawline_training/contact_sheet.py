"""Pictures beside what should be found and what was found: the quickest way to see what a number hides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .inspect import Predictor, resize_pair, to_tensor, white_mask
from .sample import Sample

CELL = 160
COLUMNS = 3
TRUTH_COLOUR, FOUND_COLOUR = (0, 200, 0), (0, 0, 255)


def pick(samples: Sequence[Sample], per_kind: int) -> list[Sample]:
    """`per_kind` pictures of each kind, spread over the list; of kinds with defects only marked ones."""
    chosen = []
    for kind in sorted({sample.kind for sample in samples}):
        candidates = [sample for sample in samples if sample.kind == kind and sample.truth != 'unknown']
        at = np.unique(np.linspace(0, len(candidates) - 1, per_kind).round().astype(int)) if candidates else []
        chosen += [candidates[index] for index in at]
    return chosen


def contact_sheet(pairs: Iterable[tuple[Predictor, Sample]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """u8 BGR; each cell is picture | probability | picture with truth (green) and finding (red) outlined."""
    cells = [_cell(predict, sample, size) for predict, sample in pairs]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[start : start + COLUMNS]) for start in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def _cell(predict: Predictor, sample: Sample, size: tuple[int, int]) -> NDArray[np.uint8]:
    image, truth = resize_pair(sample, size)
    probability = predict(to_tensor(image))
    outlined = image.copy()
    for mask, colour in ((truth * 255, TRUTH_COLOUR), (white_mask(probability), FOUND_COLOUR)):
        contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(outlined, contours, -1, colour, 1)
    grey = cv2.cvtColor((probability * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    strip = np.hstack([cv2.resize(part, (CELL, CELL), interpolation=cv2.INTER_AREA) for part in (image, grey, outlined)])
    cv2.putText(
        strip,
        f'{sample.kind} {probability.max():.2f}',
        (4, 14),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.45,
        (0, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return cv2.copyMakeBorder(strip, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(60, 60, 60))
