"""Combining checkpoints: the mean of their weights, and another operating point."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from flawline_training import combine
from flawline_training.checkpoint import load_weights, save_weights
from flawline_training.network import Deployed, LiteNet, UNet


def write(path: Path, name: str = 'unet', fill: float = 1.0) -> Path:
    network = UNet() if name == 'unet' else LiteNet()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(fill)
    save_weights(path, name, network)
    return path


def test_mean_of_gives_the_mean_of_every_weight(tmp_path: Path) -> None:
    name, network = combine.mean_of([write(tmp_path / 'a.npz', fill=1.0), write(tmp_path / 'b.npz', fill=2.0)])
    assert name == 'unet'
    assert all(torch.equal(parameter, torch.full_like(parameter, 1.5)) for parameter in network.parameters())


def test_mean_of_refuses_weights_of_different_networks(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='lite, unet'):
        combine.mean_of([write(tmp_path / 'a.npz'), write(tmp_path / 'b.npz', 'lite')])


def test_combine_shifts_every_logit_by_the_amount(tmp_path: Path) -> None:
    start = write(tmp_path / 'a.npz', fill=0.01)
    combine.main(['--weights', str(start), '--shift', '0.75', '--out', str(tmp_path / 'b.npz')])
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        before, after = (load_weights(path)[1](picture)[0] for path in (start, tmp_path / 'b.npz'))
    torch.testing.assert_close(after - before, torch.full_like(before, 0.75), atol=2e-3, rtol=0)


def test_combine_sets_a_high_threshold_that_the_deployed_network_holds_marks_to(tmp_path: Path) -> None:
    start = write(tmp_path / 'a.npz', fill=0.01)
    combine.main(['--weights', str(start), '--high', '0.9', '--out', str(tmp_path / 'b.npz')])
    picture = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        before, after = (Deployed(load_weights(path)[1])(picture) for path in (start, tmp_path / 'b.npz'))
    assert float(before.max()) < 0.9
    assert (after < before).all()


def test_combine_leaves_the_high_threshold_as_it_is_where_none_is_given(tmp_path: Path) -> None:
    start = write(tmp_path / 'a.npz', fill=0.01)
    combine.main(['--weights', str(start), '--high', '0.9', '--out', str(tmp_path / 'b.npz')])
    combine.main(['--weights', str(tmp_path / 'b.npz'), '--shift', '0.5', '--out', str(tmp_path / 'c.npz')])
    high, kept = (load_weights(tmp_path / name)[1].decoder.high for name in ('b.npz', 'c.npz'))
    assert high > 0 and torch.equal(kept, high)


def test_combine_refuses_a_high_threshold_that_no_pixel_can_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        combine.main(['--weights', str(tmp_path / 'a.npz'), '--high', '1', '--out', str(tmp_path / 'b.npz')])
    assert 'above 0 and below 1' in capsys.readouterr().err
