"""Augmentation: picture and mask go the same way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from flawline_training.augment import bend, relight, transplant, warp
from flawline_training.sample import Sample
from flawline_training.sampler import Sampler, SamplerOptions

Pair = tuple[np.ndarray, np.ndarray]


def marked_picture() -> Pair:
    """A white square on black, and its mask."""
    image = np.zeros((80, 100, 3), np.uint8)
    image[30:50, 40:70] = 255
    return image, (image[..., 0] > 0).astype(np.uint8)


MOVES: list[Callable[[np.random.Generator, np.ndarray, np.ndarray], Pair]] = [
    lambda rng, image, mask: warp(rng, image, mask, 64, 96, quarter_turns=0.5),
    bend,
]


@pytest.mark.parametrize('move', MOVES)
@pytest.mark.parametrize('seed', range(8))
def test_geometry_moves_the_mask_with_the_picture(move: Callable[..., Pair], seed: int) -> None:
    """On a white square on black the mask must equal the picture's own threshold, whatever the move."""
    image, mask = move(np.random.default_rng(seed), *marked_picture())
    assert np.array_equal(mask, (image[..., 0] > 127).astype(np.uint8))


def test_warp_gives_the_size_asked_for() -> None:
    image, mask = warp(np.random.default_rng(1), *marked_picture(), 64, 96)
    assert image.shape == (96, 64, 3)
    assert mask.shape == (96, 64)


def test_transplant_darkens_exactly_where_it_marks() -> None:
    donor = np.full((80, 100, 3), 120, np.uint8)
    donor[30:40, 40:52] = 40
    clean = np.full((60, 90, 3), 150, np.uint8)
    image, mask = transplant(
        np.random.default_rng(3), clean, np.zeros((60, 90), np.uint8), donor, (donor[..., 0] < 100).astype(np.uint8)
    )
    assert mask.any()
    assert image[mask > 0].mean() < 100
    assert np.abs(image[mask == 0].astype(int) - 150).mean() < 3


def test_relight_keeps_shape_and_type() -> None:
    image = relight(np.random.default_rng(2), marked_picture()[0])
    assert image.shape == (80, 100, 3)
    assert image.dtype == np.uint8


def test_sampler_gives_the_same_batch_for_the_same_step() -> None:
    image, mask = marked_picture()
    samples = [Sample('a', 'crack', 'a', image, mask), Sample('b', 'clean', 'b', image, np.zeros_like(mask))]
    options = SamplerOptions(seed=5, synthetic=0.3, pool=4)
    first, second = (Sampler(samples, options).batch(9, 6, (64, 64)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_sampler_never_shows_a_picture_of_unknown_truth() -> None:
    image, mask = marked_picture()
    unknown = Sample('u', 'crack', 'u', np.full_like(image, 255), np.zeros_like(mask))
    samples = [Sample('a', 'fray', 'a', image, mask), unknown]
    images, _ = Sampler(samples, SamplerOptions(seed=5, synthetic=0.0, pool=0)).batch(1, 24, (64, 64))
    assert images.mean((1, 2, 3)).max() < 200


def test_a_third_of_the_clean_pictures_that_are_drawn_on_stay_clean() -> None:
    """Else harmless marks stand beside a defect nearly always, and are learnt as one."""
    clean = Sample('a', 'clean', 'a', np.full((64, 64, 3), 100, np.uint8), np.zeros((64, 64), np.uint8))
    sampler = Sampler([clean], SamplerOptions(seed=5, synthetic=0.0, pool=0, drawn=1.0))
    _, masks = sampler.batch(1, 120, (160, 160))
    assert 0.24 < float((masks.max((1, 2, 3)) == 0).mean()) < 0.42
