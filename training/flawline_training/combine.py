"""Means the weights of several checkpoints of runs with a common beginning, and moves the operating point.

    python -m flawline_training.combine --weights runs/1/best.npz --weights runs/2/best.npz --out mean.npz

The mean costs nothing at inference, and often judges unseen parts better than each of them. `--shift` adds to every
logit: 0.5 is then another operating point, without a threshold of its own. `--high` lets a mark stand only near a pixel
that is at least so probable: fewer false alarms, and the rest of the mask stays as large.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import torch

from .checkpoint import load_weights, save_weights
from .clear_errors import clear_errors
from .network import LiteNet, UNet


def mean_of(files: Sequence[Path]) -> tuple[str, UNet | LiteNet]:
    """The name and the network whose weights are the mean of the files'. Raises ValueError unless all hold one network."""
    loaded = [load_weights(file) for file in files]
    names = sorted({name for name, _ in loaded})
    if len(names) != 1:
        raise ValueError(f'Cannot combine weights as all must be of one network: {", ".join(names)}')
    states = [network.state_dict() for _, network in loaded]
    name, network = loaded[0]
    network.load_state_dict(
        {
            key: torch.stack([state[key] for state in states]).mean(0) if value.dtype.is_floating_point else value
            for key, value in states[0].items()
        }
    )
    return name, network


def shift(network: UNet | LiteNet, amount: float) -> None:
    """Adds `amount` to every logit."""
    with torch.no_grad():
        network.decoder.head.bias.add_(amount)


def set_high(network: UNet | LiteNet, probability: float | None) -> None:
    """Sets the high threshold of the network's hysteresis, above 0 and below 1; None leaves it as it is."""
    if probability is not None:
        network.decoder.high.fill_(math.log(probability / (1 - probability)))


def add_operating_point(parser: argparse._ActionsContainer) -> None:
    """The options `--shift` and `--high`."""
    parser.add_argument('--shift', type=float, default=0.0, help='added to every logit')
    parser.add_argument(
        '--high',
        type=_open_unit,
        help='probability above 0 and below 1 that a pixel near each mark must have, after the shift',
    )


def _open_unit(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f'must be above 0 and below 1: {text}')
    return value


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the combined weights."""
    parser = argparse.ArgumentParser(
        prog='combine', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--weights', type=Path, action='append', required=True, help='.npz or .pt of a run')
    add_operating_point(parser)
    parser.add_argument('--out', type=Path, required=True, help='.npz')
    options = parser.parse_args(arguments)
    name, network = mean_of(options.weights)
    shift(network, options.shift)
    set_high(network, options.high)
    save_weights(options.out, name, network)


if __name__ == '__main__':
    with clear_errors():
        main()
