"""Hysteresis: a doubtful mark stands beside a sure one, and falls alone."""

from __future__ import annotations

import torch

from flawline_training.network import NO_HYSTERESIS, Deployed, UNet, hysteresis


def logits(**marks: float) -> torch.Tensor:
    """-8 everywhere but for a mark of 4 x 4 at the place a keyword names."""
    places = {'left': (8, 8), 'beside': (8, 40), 'far': (8, 240)}
    result = torch.full((1, 1, 32, 256), -8.0)
    for name, value in marks.items():
        y, x = places[name]
        result[..., y : y + 4, x : x + 4] = value
    return result


def test_a_doubtful_mark_alone_is_taken_away() -> None:
    assert float(hysteresis(logits(left=1.0), 2.0).max()) < 0


def test_a_doubtful_mark_beside_a_sure_one_stays_as_it_is() -> None:
    given = logits(left=3.0, beside=1.0)
    torch.testing.assert_close(hysteresis(given, 2.0)[..., :64], given[..., :64])


def test_a_doubtful_mark_far_from_a_sure_one_is_taken_away() -> None:
    result = hysteresis(logits(left=3.0, far=1.0), 2.0)
    assert float(result[..., 240:244].max()) < 0 < float(result[..., 8:12].max())


def test_the_order_of_pictures_by_their_surest_pixel_stays() -> None:
    surest = [float(hysteresis(logits(left=value), 2.0).max()) for value in (0.5, 1.5, 2.5)]
    assert surest == sorted(surest) and len(set(surest)) == 3


def test_a_network_without_a_high_threshold_is_deployed_as_it_is() -> None:
    torch.manual_seed(1)
    network = UNet().eval()
    assert float(network.decoder.high) == NO_HYSTERESIS
    picture = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        torch.testing.assert_close(
            Deployed(network)(picture), torch.sigmoid(network((picture - network.mean) / network.scale)[0])
        )
