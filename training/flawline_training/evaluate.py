"""Judges models on pictures they were not trained on, as the service would use them.

    python -m flawline_training.evaluate --model ../models/surface-defect/model.xml --data DIR --split val
    python -m flawline_training.evaluate --model ../models/surface-defect/model.xml --synthetic 40 --sheet sheet.png

A picture's score is its largest probability. Pixels: probability > 0.5 at the model's size against the truth resized by
OpenCV and > 127, pooled over all pictures. f32, no minimum area.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from .checkpoint import load_weights
from .clear_errors import clear_errors
from .contact_sheet import contact_sheet, pick
from .dataset import load_dataset
from .generator import SURFACES
from .inspect import Predictor, inspect_samples, openvino_predictor, torch_predictor
from .metrics import summarise
from .model_card import SYNTHETIC_SEED
from .network import Deployed
from .sample import Sample
from .synthetic_set import synthetic_samples


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with a message when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog='evaluate', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, action='append', required=True, help='.xml, or the .npz/.pt of a run')
    parser.add_argument('--data', type=Path, help='folder of pictures and masks')
    parser.add_argument('--split', default='val', help='part of it: train, val, test')
    parser.add_argument('--synthetic', type=int, default=0, metavar='N', help='N generated pictures of each kind as well')
    parser.add_argument('--surface', choices=SURFACES, default=SURFACES[0])
    parser.add_argument('--size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'), help='for .npz/.pt')
    parser.add_argument('--precision', default='f32', help='inference precision of an .xml: f32, bf16 or f16')
    parser.add_argument('--json', type=Path, help='write all figures')
    parser.add_argument('--sheet', type=Path, help='write a contact sheet of the first model')
    options = parser.parse_args(arguments)
    if options.data is None and options.synthetic == 0:
        parser.error('name pictures with --data, --synthetic or both')
    return options


def open_predictor(model: Path, size: tuple[int, int], precision: str = 'f32') -> tuple[Predictor, tuple[int, int]]:
    """A predictor and its input size (width, height); `size` and `precision` where the file does not say."""
    if model.suffix == '.xml':
        return openvino_predictor(model, precision)
    return torch_predictor(Deployed(load_weights(model)[1]).eval()), size


def load_sets(options: argparse.Namespace) -> dict[str, list[Sample]]:
    """The named sets of pictures to judge on."""
    sets: dict[str, list[Sample]] = {}
    if options.data is not None:
        parts = load_dataset(options.data)
        if options.split not in parts:
            raise ValueError(f'Cannot evaluate as the data must have the part {options.split}: it has {", ".join(parts)}')
        sets[options.split] = parts[options.split]
    if options.synthetic:
        sets['generated'] = synthetic_samples(SYNTHETIC_SEED, options.synthetic, options.surface)
    return sets


def table(title: str, figures: Mapping[str, Any]) -> str:
    """The figures as a few lines of text."""
    pixel, picture = figures['pixel'], figures['picture']
    kinds = ', '.join(
        f'{kind} {value["iou"]:.2f}/{value["f1"]:.2f}/{figures["recallByKind"][kind]:.2f}'
        for kind, value in figures['pixelByKind'].items()
    )
    return (
        f'{title}\n'
        f'  pixels: IoU {pixel["iou"]:.3f}, F1 {pixel["f1"]:.3f}\n'
        f'  by kind, IoU/F1/recall: {kinds}\n'
        f'  pictures ({picture["defect"]} with a defect, {picture["clean"]} clean, {picture["unknown"]} left out): '
        f'AUROC {picture["auroc"]:.3f}, precision {picture["precision"]:.3f}, recall {picture["recall"]:.3f}, '
        f'false alarms {picture["falseAlarms"]:.3f}\n'
        f'  recall at 5 % false alarms: {picture["recallAt5PercentFalseAlarms"]:.3f} '
        f'(threshold {picture["thresholdOfThat"]:.3f})'
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures, and writes what was asked for."""
    options = parse_arguments(arguments)
    cv2.setNumThreads(1)
    sets = load_sets(options)
    report: dict[str, dict[str, object]] = {}
    for model in options.model:
        predict, size = open_predictor(model, tuple(options.size), options.precision)
        for title, samples in sets.items():
            results = list(tqdm(inspect_samples(predict, samples, size), total=len(samples), desc=title, leave=False))
            figures = summarise(results)
            report.setdefault(str(model), {})[title] = figures
            print(table(f'{model} on {title}', figures))
        if options.sheet and model is options.model[0]:
            shown = [sample for samples in sets.values() for sample in pick(samples, 3)]
            cv2.imwrite(str(options.sheet), contact_sheet([(predict, sample) for sample in shown], size))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), 'utf-8')


if __name__ == '__main__':
    with clear_errors():
        main()
