"""Trains a network on a folder of labelled pictures, on generated ones, or on both.

    python -m flawline_training.train --data DIR --out runs/mine
    python -m flawline_training.train --data DIR --out runs/folds --folds 5
    python -m flawline_training.train --synthetic 1 --out runs/generated

A run that was stopped goes on where it was when the same command is given again. One seed, one machine, one number of
threads: the same weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from .clear_errors import clear_errors
from .combine import add_operating_point
from .dataset import load_dataset
from .fit import fit
from .folds import cross_validate
from .generator import SURFACES
from .loss import ALARM_WEIGHT
from .network import NETWORKS, STRIDE


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with a message when it makes no sense."""
    parser = argparse.ArgumentParser(prog='train', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, help='folder of pictures and masks; not needed with --synthetic 1')
    parser.add_argument('--out', type=Path, required=True, help='folder of the run: state, best weights, log')
    parser.add_argument(
        '--init',
        default='imagenet',
        help='imagenet, none, or a .npz/.pt to start from; with --folds also the folder of others',
    )
    parser.add_argument('--network', choices=sorted(NETWORKS), default='lite')
    parser.add_argument('--synthetic', type=float, default=0.15, help='share 0..1 of generated pictures')
    parser.add_argument('--surface', choices=SURFACES, default=SURFACES[0], help='what generated pictures show')
    parser.add_argument('--pool', type=int, default=600, help='number of generated pictures')
    parser.add_argument(
        '--transplant', type=float, default=0.25, help="chance that a clean picture gets another part's defect"
    )
    parser.add_argument('--drawn', type=float, default=0.35, help='chance that a clean picture gets a drawn defect')
    parser.add_argument(
        '--alarm',
        type=float,
        default=ALARM_WEIGHT,
        help='weight of the loudest clean pixels in the loss: more of it means fewer false alarms, and fainter masks',
    )
    parser.add_argument('--steps', type=int, default=3000)
    parser.add_argument('--batch', type=int, default=12)
    parser.add_argument('--size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'))
    parser.add_argument(
        '--small-share', type=float, default=0.5, help='share 0..1 of the steps, the first ones, at 3/4 of the size'
    )
    parser.add_argument('--rate', type=float, default=1e-3, help='peak learning rate; the encoder learns at a third of it')
    parser.add_argument(
        '--frozen', type=int, default=0, help='first blocks of the encoder that stay as they are, and its normalisation'
    )
    parser.add_argument(
        '--choose',
        choices=('best', 'last'),
        default='best',
        help="which weights are kept: of the step that is best on the part 'val', or of the last, with 'val' trained on too",
    )
    parser.add_argument('--validate-every', type=int, default=200, metavar='STEPS')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument(
        '--folds',
        type=int,
        default=0,
        metavar='N',
        help='N trainings, each judged on parts that it neither saw nor chose by',
    )
    add_operating_point(parser.add_argument_group('with --folds: judge at another operating point, without training again'))
    options = parser.parse_args(arguments)
    if options.data is None and options.synthetic < 1:
        parser.error('--data is needed unless --synthetic is 1')
    if options.folds and (options.folds < 2 or options.data is None):
        parser.error(f'--folds takes a number from 2 on, and --data: {options.folds}')
    if not options.folds and (options.shift or options.high):
        parser.error('--shift and --high are for --folds; weights get an operating point by `combine`')
    if any(side % STRIDE for side in options.size):
        parser.error(f'both sides of --size must be multiples of {STRIDE}: {options.size}')
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains once, or once a fold, and says where the result lies."""
    options = parse_arguments(arguments)
    parts = load_dataset(options.data) if options.data else {}
    if options.folds:
        print(cross_validate(options, parts))
    elif options.choose == 'last':
        print(f'last weights: {fit(options, {"train": [*parts.get("train", []), *parts.get("val", [])]})}')
    else:
        print(f'best weights: {fit(options, parts)}')


if __name__ == '__main__':
    with clear_errors():
        main()
