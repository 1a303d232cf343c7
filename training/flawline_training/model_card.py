"""The model card's figures, measured on the files as they are shipped, and the frame for what only people know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .inspect import Predictor, inspect_samples, openvino_predictor
from .metrics import summarise
from .parity import Parity
from .sample import Sample
from .synthetic_set import synthetic_samples

#: Generated pictures the card is measured on: first seed, and how many of each kind.
SYNTHETIC_SEED, SYNTHETIC_PER_KIND = 5000, 40
BEGIN, END = '<!-- figures: begin -->', '<!-- figures: end -->'


def write_model_card(folder: Path, name: str, trained_on: str, judged: Sequence[Sample], flops: int, parity: Parity) -> None:
    """Writes README.md, or only the part between the marks when there is one: what people wrote stays."""
    figures = '\n'.join([BEGIN, *_figures(folder, judged, flops, parity), END])
    card = folder / 'README.md'
    if card.is_file() and BEGIN in (text := card.read_text('utf-8')):
        head, rest = text.split(BEGIN, 1)
        card.write_text(head + figures + rest.split(END, 1)[1], 'utf-8')
        return
    card.write_text(
        f'# {name}\n\nTrained on: {trained_on or "(say what)"}\n\n## Figures\n\n{figures}\n\n'
        '## Limits\n\nSay what it must not be used for, and on what it was never tried.\n',
        'utf-8',
    )


def _figures(folder: Path, judged: Sequence[Sample], flops: int, parity: Parity) -> list[str]:
    files = {'FP16 weights': folder / 'model.xml', 'INT8': folder / 'int8' / 'model.xml'}
    predictors = {title: openvino_predictor(path) for title, path in files.items()}
    sets = {'val': judged} if judged else {}
    sets['generated'] = synthetic_samples(SYNTHETIC_SEED, SYNTHETIC_PER_KIND)
    lines = [
        '| pictures | form | pixel IoU / F1 | AUROC | precision | recall | false alarms | recall at 5 % false alarms |',
        '|---|---|---|---|---|---|---|---|',
    ]
    by_kind = ['', '| pictures | form | kind: pixel IoU / F1 / share of pictures flagged |', '|---|---|---|']
    for set_name, samples in sets.items():
        for title, (predict, size) in predictors.items():
            figures = summarise(list(inspect_samples(predict, samples, size)))
            lines.append(f'| {set_name} | {title} | {_row(figures)} |')
            by_kind.append(f'| {set_name} | {title} | {_kinds(figures)} |')
    counts = [f'{name}: {len(samples)} pictures' for name, samples in sets.items()]
    size = predictors['FP16 weights'][1]
    speeds = [f'{title} {_milliseconds(predict, size):.1f} ms' for title, (predict, size) in predictors.items()]
    sizes = [f'{title} {_kilobytes(path)} kB' for title, path in files.items()]
    return [
        *lines,
        *by_kind,
        '',
        f'{"; ".join(counts)}. Inference in f32. A picture is flagged when a pixel is above 0.5; no minimum area.',
        '',
        f'{flops / 1e9:.2f} GFLOP a picture at {size[0]} x {size[1]}; processor time of one on the machine of the '
        f'export: {", ".join(speeds)}. Size on disk: {", ".join(sizes)}.',
        '',
        f'Against the training framework on {parity.pictures} pictures: largest difference of a probability '
        f'{parity.largest_difference:.1e}; {parity.changed_pixels} of {parity.pixels} pixels change side at 0.5 '
        '(the weights are rounded to FP16).',
    ]


def _row(figures: dict[str, Any]) -> str:
    pixel, picture = figures['pixel'], figures['picture']
    values = [picture[key] for key in ('auroc', 'precision', 'recall', 'falseAlarms', 'recallAt5PercentFalseAlarms')]
    return f'{pixel["iou"]:.3f} / {pixel["f1"]:.3f} | ' + ' | '.join(f'{value:.3f}' for value in values)


def _kinds(figures: dict[str, Any]) -> str:
    return ', '.join(
        f'{kind} {value["iou"]:.2f} / {value["f1"]:.2f} / {figures["recallByKind"][kind]:.2f}'
        for kind, value in figures['pixelByKind'].items()
    )


def _milliseconds(predict: Predictor, size: tuple[int, int]) -> float:
    """Processor time of one picture, all threads together: median of 20 after 3 to warm up."""
    tensor = np.zeros((1, 3, size[1], size[0]), np.uint8)
    times = []
    for _ in range(23):
        begin = time.process_time()
        predict(tensor)
        times.append(time.process_time() - begin)
    return float(np.median(times[3:]) * 1000)


def _kilobytes(path: Path) -> int:
    return round((path.stat().st_size + path.with_suffix('.bin').stat().st_size) / 1000)
