"""What the network is taught by: pixels, the shape of each defect, and not to raise a false alarm anywhere."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

#: Share of a picture's clean pixels that count as its worst ones.
WORST_SHARE = 0.01
#: Pixels whose mean logit stands for the largest one: of a picture's clean surface, and of its defect.
LOUDEST, SUREST = 16, 4
#: Logits of the coarse map whose mean speaks for the whole picture (of 32 x 32 at 256 x 256).
PICTURE_TOP = 8
#: Default weight of a picture's loudest clean pixels.
ALARM_WEIGHT = 0.15


def segmentation_loss(logits: Tensor, coarse: Tensor, truth: Tensor, alarm_weight: float = ALARM_WEIGHT) -> Tensor:
    """Scalar loss of logits f32 [B,1,H,W], coarse logits f32 [B,1,h,w] and truth f32 [B,1,H,W] 0/1.

    Binary cross-entropy on all pixels; the worst 1 % of each picture's clean pixels again (pixels within 3 of a mask's
    border are left out, people draw them differently); its few loudest clean pixels and the few surest of its defect, as
    these decide whether it is flagged; Dice for each picture with a defect and over the batch; the same
    truth at the coarse scale; and whether there is a defect at all.
    """
    probability = torch.sigmoid(logits)
    overlap = (probability * truth).sum((1, 2, 3))
    both = probability.sum((1, 2, 3)) + truth.sum((1, 2, 3))
    has_defect = (truth.amax((1, 2, 3)) > 0).float()
    dice = ((1 - (2 * overlap + 5) / (both + 5)) * has_defect).sum() / has_defect.sum().clamp(min=1)
    batch_dice = 1 - (2 * overlap.sum() + 5) / (both.sum() + 5)

    is_clean = 1 - F.max_pool2d(truth, 7, 1, 3)
    clean_cost = (F.softplus(logits) * is_clean).flatten(1)
    worst = clean_cost.topk(max(1, int(clean_cost.shape[1] * WORST_SHARE)), 1).values.mean()

    loudest = (logits * is_clean - 30 * (1 - is_clean)).flatten(1).topk(LOUDEST, 1).values.mean(1)
    surest = (logits * truth - 30 * (1 - truth)).flatten(1).topk(SUREST, 1).values.mean(1)
    found = (F.softplus(-surest) * has_defect).sum() / has_defect.sum().clamp(min=1)

    coarse_truth = F.adaptive_max_pool2d(truth, list(coarse.shape[2:]))
    picture = coarse.flatten(1).topk(min(PICTURE_TOP, coarse[0].numel()), 1).values.mean(1)
    return (
        2 * F.binary_cross_entropy_with_logits(logits, truth)
        + 0.25 * worst
        + alarm_weight * F.softplus(loudest).mean()
        + 0.15 * found
        + 0.6 * dice
        + 0.4 * batch_dice
        + 0.5 * F.binary_cross_entropy_with_logits(coarse, coarse_truth)
        + 0.1 * F.binary_cross_entropy_with_logits(picture, has_defect)
    )
