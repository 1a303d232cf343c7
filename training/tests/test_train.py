"""Training: deterministic for a seed, and a run that was stopped ends where it would have ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flawline_training import train as training
from flawline_training.checkpoint import load_state, load_weights, save_weights
from flawline_training.dataset import load_dataset
from flawline_training.network import LiteNet
from flawline_training.run import Run
from flawline_training.sampler import Sampler


def run(out: Path, *more: str, data: Path | None = None) -> dict[str, np.ndarray]:
    source = ['--data', str(data)] if data else ['--synthetic', '1']
    arguments = [
        *source,
        '--out',
        str(out),
        '--network',
        'unet',
        '--init',
        'none',
        '--steps',
        '4',
        '--batch',
        '2',
        '--pool',
        '6',
        '--size',
        '64',
        '64',
        '--validate-every',
        '2',
        '--threads',
        '1',
        *more,
    ]
    training.main(arguments)
    return {name: tensor.numpy() for name, tensor in load_state(out / 'state.pt')['ema'].items()}


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in first)


def test_train_gives_the_same_weights_for_the_same_seed(tmp_path: Path, labelled: Path) -> None:
    first, second = run(tmp_path / 'a', data=labelled), run(tmp_path / 'b', data=labelled)
    assert same(first, second)


def test_train_gives_other_weights_for_another_seed(tmp_path: Path) -> None:
    assert not same(run(tmp_path / 'a'), run(tmp_path / 'b', '--seed', '2'))


def test_train_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(tmp_path / 'whole')
    monkeypatch.setattr(Run, 'learn', _stop_after(2, Run.learn))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / 'stopped')
    monkeypatch.undo()
    assert load_state(tmp_path / 'stopped' / 'state.pt')['step'] == 2
    assert same(whole, run(tmp_path / 'stopped'))


def test_train_that_keeps_the_last_weights_is_taught_every_part_and_keeps_them(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[str] = []
    own = Sampler.__init__

    def noting(self, samples, options):  # type: ignore[no-untyped-def]
        taught.extend(sample.name for sample in samples)
        own(self, samples, options)

    monkeypatch.setattr(Sampler, '__init__', noting)
    last = run(tmp_path / 'a', '--choose', 'last', data=labelled)
    parts = load_dataset(labelled)
    assert sorted(taught) == sorted(sample.name for part in parts.values() for sample in part)
    kept = load_weights(tmp_path / 'a' / 'best.npz')[1].state_dict()
    for name, value in last.items():
        np.testing.assert_allclose(kept[name].numpy(), value, rtol=1e-3, atol=1e-6)


def test_train_leaves_frozen_blocks_as_they_are_and_teaches_the_others(tmp_path: Path) -> None:
    start = tmp_path / 'start.npz'
    save_weights(start, 'lite', LiteNet())
    before = load_weights(start)[1].state_dict()
    more = ['--network', 'lite', '--init', str(start), '--frozen', '2']
    after = run(tmp_path / 'a', *more)
    kept = {name for name in after if np.array_equal(before[name].numpy(), after[name])}
    frozen = {name for name in after if name.startswith(('encoder.stem.', 'encoder.blocks.0.', 'encoder.blocks.1.'))}
    assert frozen <= kept
    assert not any(name.endswith('0.weight') for name in kept - frozen)


def test_save_weights_keeps_a_network_within_fp16(tmp_path: Path) -> None:
    run(tmp_path / 'a')
    _, network = load_weights(tmp_path / 'a' / 'state.pt')
    save_weights(tmp_path / 'w.npz', 'unet', network)
    name, again = load_weights(tmp_path / 'w.npz')
    assert name == 'unet'
    for before, after in zip(network.state_dict().values(), again.state_dict().values(), strict=True):
        np.testing.assert_allclose(after.numpy(), before.numpy(), rtol=1e-3, atol=1e-6)


def test_parse_arguments_refuses_a_size_the_network_cannot_halve(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        training.parse_arguments(['--synthetic', '1', '--out', 'x', '--size', '100', '64'])
    assert 'multiples of 32' in capsys.readouterr().err


def _stop_after(steps: int, learn):  # type: ignore[no-untyped-def]
    """`learn` that is interrupted, as by Ctrl-C, when it is called for the step after `steps`."""

    def interrupted(self, images, masks):  # type: ignore[no-untyped-def]
        if self.step == steps:
            raise KeyboardInterrupt
        return learn(self, images, masks)

    return interrupted
