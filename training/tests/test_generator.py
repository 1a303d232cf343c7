"""The generator: equal seeds give equal pictures, and a mask marks what was changed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from flawline_training.generator import KINDS, SURFACES, draw, mark, photograph

DEFECTS = [kind for kind in KINDS if kind != 'clean']


@pytest.mark.parametrize('kind', KINDS)
def test_draw_gives_equal_pictures_for_equal_seeds(kind: str) -> None:
    first, second = (draw(np.random.default_rng(7), kind, 128) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.mask, second.mask)


def test_draw_gives_other_pictures_for_other_seeds() -> None:
    first, second = (draw(np.random.default_rng(seed), 'clean', 64).image for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_draw_leaves_the_mask_of_a_clean_picture_empty() -> None:
    assert not any(draw(np.random.default_rng(seed), 'clean', 64).mask.any() for seed in range(5))


@pytest.mark.parametrize('surface', SURFACES)
@pytest.mark.parametrize('kind', DEFECTS)
def test_draw_changes_the_surface_inside_the_mask_and_hardly_outside(kind: str, surface: str) -> None:
    """The same generator draws the same surface first, so the clean picture shows what the defect changed."""
    inside, outside = [], []
    for seed in range(6):
        clean = draw(np.random.default_rng(seed), 'clean', 256, surface)
        marked = draw(np.random.default_rng(seed), kind, 256, surface)
        change = np.abs(marked.image.astype(int) - clean.image.astype(int))
        near = marked.mask > 0
        if near.any():
            inside.append(change[near].mean())
            outside.append(change[~near].mean())
    assert inside, 'no picture of six has a mark'
    assert np.mean(inside) > 10 * np.mean(outside)


def test_photograph_gives_colour_and_mask_of_the_size_asked_for() -> None:
    picture = photograph(3, 'crack', 320, 200)
    assert picture.image.shape == (200, 320, 3)
    assert picture.image.dtype == np.uint8
    assert picture.mask.shape == (200, 320)
    assert set(np.unique(picture.mask)) <= {0, 1}


def test_draw_refuses_an_unknown_kind_by_name() -> None:
    with pytest.raises(ValueError, match='rust'):
        draw(np.random.default_rng(1), 'rust')


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('soiled', [0.0, 1.0])
def test_mark_changes_a_photograph_where_the_mask_says_so(kind: str, soiled: float) -> None:
    """Both calls draw the same harmless marks first, so strength 0 shows the surface beneath the defect."""
    photo = cv2.cvtColor(draw(np.random.default_rng(3), 'clean').image, cv2.COLOR_GRAY2BGR)
    inside, outside = [], []
    for seed in range(8):
        bare = mark(np.random.default_rng(seed), kind, photo, 0.0, soiled)
        found = mark(np.random.default_rng(seed), kind, photo, 1.0, soiled)
        change = np.abs(found.image.astype(int) - bare.image.astype(int)).mean(2)
        white = found.mask > 0
        outside.append(change[~white].mean())
        if white.any():
            inside.append(change[white].mean())
    assert bool(inside) == (kind != 'clean')
    assert not inside or np.mean(inside) > 10 * np.mean(outside)


def test_mark_soils_a_clean_photograph_without_marking_it() -> None:
    photo = cv2.cvtColor(draw(np.random.default_rng(3), 'clean').image, cv2.COLOR_GRAY2BGR)
    pictures = [mark(np.random.default_rng(seed), 'clean', photo, soiled=1.0) for seed in range(6)]
    assert not any(picture.mask.any() for picture in pictures)
    assert any(np.abs(picture.image.astype(int) - photo).max() > 20 for picture in pictures)


def test_mark_lets_sides_fall_into_shadow_and_rounds_corners_off_widely() -> None:
    """Dark sides and corners were taken for breaks, so clean pictures must show them."""
    photo = np.full((192, 384, 3), 100, np.uint8)
    soiled = [mark(np.random.default_rng(seed), 'clean', photo, soiled=1.0, size=384).image for seed in range(40)]
    grey = np.stack(soiled).mean(3)
    centre, sides = grey[:, 160:224, 160:224].mean((1, 2)), [grey[:, 20:-20, 16:24], grey[:, 20:-20, -24:-16]]
    corners = [grey[:, y, x] for y in (14, -15) for x in (14, -15)]
    assert any(np.any(side.mean((1, 2)) < 0.6 * centre) for side in sides)
    assert any(np.any((corner < 0.4 * centre) & (sides[0].mean((1, 2)) > 0.9 * centre)) for corner in corners)


def test_mark_refuses_an_unknown_kind_by_name() -> None:
    with pytest.raises(ValueError, match='rust'):
        mark(np.random.default_rng(1), 'rust', np.zeros((8, 8, 3), np.uint8))
