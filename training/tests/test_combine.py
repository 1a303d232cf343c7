"""Combining checkpoints: the mean of their weights, and another operating point."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from flawline_training import combine
from flawline_training.checkpoint import load_weights, save_weights
from flawline_training.network import LiteNet, UNet


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
