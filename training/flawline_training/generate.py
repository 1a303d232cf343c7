"""Writes generated pictures and their masks into a folder that `train`, `evaluate` and the service understand.

python -m flawline_training.generate --out pictures --per-kind 2
python -m flawline_training.generate --out labelled --per-kind 34 --surface woven --masks
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2

from .clear_errors import clear_errors
from .generator import KINDS, SURFACES, photograph


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the pictures that were asked for."""
    parser = argparse.ArgumentParser(
        prog='generate', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--per-kind', type=int, default=2)
    parser.add_argument('--seed', type=int, default=20, help='first seed; picture n has seed + n')
    parser.add_argument('--seeds', type=int, nargs='+', help='these seeds instead')
    parser.add_argument('--size', type=int, nargs=2, default=(640, 480), metavar=('WIDTH', 'HEIGHT'))
    parser.add_argument('--surface', choices=SURFACES, default=SURFACES[0])
    parser.add_argument('--quality', type=int, default=90, help='JPEG quality')
    parser.add_argument('--masks', action='store_true', help='one folder a kind, with <name>.mask.png beside each picture')
    options = parser.parse_args(arguments)
    seeds = options.seeds or [options.seed + index for index in range(options.per_kind)]
    for kind in KINDS:
        folder = options.out / kind if options.masks else options.out
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds, 1):
            picture = photograph(seed, kind, *options.size, options.surface)
            stem = folder / f'{kind}-{number}'
            cv2.imwrite(f'{stem}.jpg', picture.image, [cv2.IMWRITE_JPEG_QUALITY, options.quality])
            if options.masks:
                cv2.imwrite(f'{stem}.mask.png', picture.mask * 255)


if __name__ == '__main__':
    with clear_errors():
        main()
