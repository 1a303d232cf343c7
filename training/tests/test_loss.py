"""The loss: what it must hold a network to."""

from __future__ import annotations

import pytest
import torch

from flawline_training.loss import segmentation_loss


def loss_of(logits: torch.Tensor, truth: torch.Tensor) -> float:
    """The coarse map says nothing, so only `logits` make the difference."""
    return float(segmentation_loss(logits, torch.zeros(truth.shape[0], 1, 8, 8), truth))


def square() -> torch.Tensor:
    truth = torch.zeros(1, 1, 64, 64)
    truth[..., 20:30, 20:30] = 1
    return truth


def test_a_few_loud_clean_pixels_cost_more_than_their_share_of_all_pixels() -> None:
    quiet = -8 * torch.ones(1, 1, 64, 64)
    loud = quiet.clone()
    loud[..., 5:9, 5:9] = 8
    clean = torch.zeros_like(quiet)
    assert loss_of(loud, clean) - loss_of(quiet, clean) > 10 * 16 / 64**2


def test_a_defect_of_which_a_few_pixels_are_sure_costs_less_than_one_of_which_none_is() -> None:
    """Same mean logit inside the defect."""
    truth = square()
    flat, peaked = (torch.where(truth > 0, -1.0, -8.0) for _ in range(2))
    peaked[..., 20:22, 20:22] = 5
    peaked[..., 22:30, 20:30] = -1.25
    assert loss_of(peaked, truth) < loss_of(flat, truth)


def test_pixels_next_to_a_mask_do_not_count_as_loud_clean_ones() -> None:
    truth = square()
    right = torch.where(truth > 0, 8.0, -8.0)
    wide, apart = right.clone(), right.clone()
    wide[..., 30:32, 20:30] = 8
    apart[..., 50:52, 20:30] = 8
    assert loss_of(wide, truth) < loss_of(apart, truth)


def test_the_weight_of_an_alarm_counts_for_loud_clean_pixels_alone() -> None:
    truth = square()
    right = torch.where(truth > 0, 8.0, -8.0)
    loud, faint = right.clone(), torch.where(truth > 0, -1.0, -8.0)
    loud[..., 45:49, 45:49] = 8
    coarse = torch.zeros(1, 1, 8, 8)
    added = [
        float(segmentation_loss(each, coarse, truth, 1.0) - segmentation_loss(each, coarse, truth, 0.0))
        for each in (right, faint, loud)
    ]
    assert added[0] == pytest.approx(added[1], abs=1e-5) and added[0] < 0.01
    assert added[2] > 1
