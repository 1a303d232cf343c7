"""Writes what a model makes of each picture of a folder: the independent side of a test of the service.

python -m flawline_training.expect --model ../models/surface-defect/model.xml --pictures ../models/samples
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2

from .clear_errors import clear_errors
from .dataset import PICTURE_TYPES
from .inspect import openvino_predictor
from .self_test import describe


def expectations(model: Path, pictures: Path) -> dict[str, dict[str, object]]:
    """File name to `defect`, `maskSha256` and `whitePixels` in f32; `margin` is how near a probability is to 0.5."""
    predict, size = openvino_predictor(model)
    found: dict[str, dict[str, object]] = {}
    for path in sorted(file for file in pictures.iterdir() if file.suffix.lower() in PICTURE_TYPES):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f'Cannot inspect a picture as OpenCV must be able to decode it: {path}')
        result = describe(predict, cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), path.name)
        found[path.name] = {
            'defect': result.defect,
            'maskSha256': result.mask_sha256,
            'whitePixels': result.white_pixels,
            'margin': float(f'{result.margin:.2g}'),
        }
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes `expected.json` into the folder of the pictures."""
    parser = argparse.ArgumentParser(
        prog='expect', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, required=True, help='.xml')
    parser.add_argument('--pictures', type=Path, required=True, help='folder; expected.json is written into it')
    options = parser.parse_args(arguments)
    found = expectations(options.model, options.pictures)
    (options.pictures / 'expected.json').write_text(json.dumps(found, indent=2) + '\n', 'utf-8')


if __name__ == '__main__':
    with clear_errors():
        main()
