"""How good a model is: pixels pooled over all pictures, and pictures ranked by their largest probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The share of clean pictures that may be flagged where recall is quoted.
ALLOWED_FALSE_ALARMS = 0.05
#: Thresholds at which pixels are counted, for the choice of `model.threshold`.
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class PictureResult:
    """One picture's pixel counts (at the model's size) and its score.

    truth: 'unknown' pictures count their pixels but are left out of every picture-level figure.
    at: hit, extra and missed pixels at each of `THRESHOLDS`; the three fields of these names are those at 0.5.
    """

    name: str
    kind: str
    truth: str
    score: float
    hit: int
    extra: int
    missed: int
    at: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class PixelFigures:
    """iou and f1 are 0..1; nan where neither truth nor prediction has a white pixel."""

    iou: float
    f1: float
    pictures: int


def compare(name: str, kind: str, truth: str, probability: NDArray[np.float32], mask: NDArray[np.uint8]) -> PictureResult:
    """Counts of one picture; `probability` f32 [H,W] 0..1, `mask` u8 [H,W] 0/1 of the same size; white is > 0.5."""
    at = [_counts(probability > threshold, mask > 0) for threshold in THRESHOLDS]
    return PictureResult(name, kind, truth, float(probability.max()), *at[THRESHOLDS.index(0.5)], at)


def _counts(found: NDArray[np.bool_], real: NDArray[np.bool_]) -> tuple[int, int, int]:
    hit = int((found & real).sum())
    return hit, int(found.sum()) - hit, int(real.sum()) - hit


def pixel_figures(results: Sequence[PictureResult]) -> PixelFigures:
    """Pooled over all pictures: large masks weigh more than small ones."""
    return _pooled([(result.hit, result.extra, result.missed) for result in results])


def pixel_figures_at(results: Sequence[PictureResult], threshold: float) -> PixelFigures:
    """The same at one of `THRESHOLDS`."""
    index = THRESHOLDS.index(threshold)
    return _pooled([result.at[index] for result in results])


def _pooled(counts: Sequence[Sequence[int]]) -> PixelFigures:
    hit, extra, missed = (sum(each[field] for each in counts) for field in range(3))
    union = hit + extra + missed
    if union == 0:
        return PixelFigures(float('nan'), float('nan'), len(counts))
    return PixelFigures(hit / union, 2 * hit / (union + hit), len(counts))


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a random positive scores above a random negative, ties counting half; nan without both."""
    above = scores[positive][:, None] > scores[~positive][None]
    equal = scores[positive][:, None] == scores[~positive][None]
    return float((above + 0.5 * equal).mean()) if above.size else float('nan')


def recall_at_false_alarms(scores: NDArray[np.float64], positive: NDArray[np.bool_], allowed: float) -> tuple[float, float]:
    """Largest recall at a threshold that flags at most `allowed` (0..1) of the negatives, and that threshold.

    A picture is flagged when its score is > the threshold.
    """
    negatives = np.sort(scores[~positive])[::-1]
    if not len(negatives) or not positive.any():
        return float('nan'), float('nan')
    threshold = float(negatives[int(allowed * len(negatives))]) if allowed < 1 else -1.0
    return float((scores[positive] > threshold).mean()), threshold


def summarise(results: Sequence[PictureResult]) -> dict[str, object]:
    """Every figure of `evaluate`, ready for JSON."""
    judged = [result for result in results if result.truth != 'unknown']
    scores = np.array([result.score for result in judged])
    positive = np.array([result.truth == 'defect' for result in judged], bool)
    flagged = scores > 0.5
    hits, alarms = int((flagged & positive).sum()), int((flagged & ~positive).sum())
    recall, threshold = recall_at_false_alarms(scores, positive, ALLOWED_FALSE_ALARMS)
    kinds = sorted({result.kind for result in results if result.truth == 'defect'})
    return {
        'pixel': _pixels(pixel_figures(results)),
        'pixelByKind': {
            kind: _pixels(pixel_figures([result for result in results if result.kind == kind])) for kind in kinds
        },
        'picture': {
            'defect': int(positive.sum()),
            'clean': int((~positive).sum()),
            'unknown': len(results) - len(judged),
            'auroc': auroc(scores, positive),
            'precision': hits / (hits + alarms) if hits + alarms else float('nan'),
            'recall': hits / max(1, int(positive.sum())),
            'falseAlarms': alarms / max(1, int((~positive).sum())),
            'recallAt5PercentFalseAlarms': recall,
            'thresholdOfThat': threshold,
        },
        'recallByKind': {
            kind: float(np.mean([result.score > 0.5 for result in judged if result.kind == kind])) for kind in kinds
        },
    }


def _pixels(figures: PixelFigures) -> Mapping[str, float | int]:
    return {'iou': figures.iou, 'f1': figures.f1, 'pictures': figures.pictures}
