"""The figures, on cases small enough to work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flawline_training.metrics import (
    PictureResult,
    auroc,
    compare,
    pixel_figures,
    pixel_figures_at,
    recall_at_false_alarms,
    summarise,
)


def result(score: float, truth: str, hit: int = 0, extra: int = 0, missed: int = 0, kind: str = 'crack') -> PictureResult:
    return PictureResult('p', kind, truth, score, hit, extra, missed)


def test_compare_counts_a_probability_equal_to_one_half_as_black() -> None:
    found = compare('p', 'crack', 'defect', np.array([[0.5, 0.6]], np.float32), np.array([[1, 1]], np.uint8))
    assert (found.hit, found.missed, found.extra) == (1, 1, 0)


def test_compare_counts_pixels_at_every_threshold() -> None:
    probability, mask = np.array([[0.15, 0.55, 0.95, 0.35]], np.float32), np.array([[0, 1, 1, 0]], np.uint8)
    found = compare('p', 'crack', 'defect', probability, mask)
    assert pixel_figures_at([found], 0.1).iou == pytest.approx(2 / 4)
    assert pixel_figures_at([found], 0.5).iou == pytest.approx(2 / 2)
    assert pixel_figures_at([found], 0.6).iou == pytest.approx(1 / 2)


def test_pixel_figures_pools_pixels_over_pictures() -> None:
    figures = pixel_figures([result(1, 'defect', hit=6, missed=2), result(1, 'clean', extra=4)])
    assert figures.iou == pytest.approx(6 / 12)
    assert figures.f1 == pytest.approx(12 / 18)


def test_pixel_figures_are_nan_without_any_white_pixel() -> None:
    assert math.isnan(pixel_figures([result(0, 'clean')]).iou)


def test_auroc_counts_ties_as_half() -> None:
    scores, positive = np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False])
    assert auroc(scores, positive) == pytest.approx(3.5 / 4)


def test_recall_at_false_alarms_flags_no_more_negatives_than_allowed() -> None:
    scores = np.concatenate([np.linspace(0, 0.99, 100), [0.2, 0.945, 0.96, 0.99]])
    positive = np.arange(104) >= 100
    recall, threshold = recall_at_false_alarms(scores, positive, 0.05)
    assert recall == pytest.approx(3 / 4)
    assert (scores[:100] > threshold).sum() == 5


def test_summarise_leaves_unknown_pictures_out_of_the_picture_figures() -> None:
    figures = summarise([result(0.9, 'defect'), result(0.2, 'clean', kind='free'), result(0.9, 'unknown')])
    assert figures['picture'] == pytest.approx(
        {
            'defect': 1,
            'clean': 1,
            'unknown': 1,
            'auroc': 1.0,
            'precision': 1.0,
            'recall': 1.0,
            'falseAlarms': 0.0,
            'recallAt5PercentFalseAlarms': 1.0,
            'thresholdOfThat': 0.2,
        }
    )
