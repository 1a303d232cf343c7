"""The report of a cross-validation: a table a fold and pooled, kinds, and what that means in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .metrics import THRESHOLDS, PictureResult, pixel_figures_at, summarise
from .sample import Sample

#: With fewer parts than this, one part rules the figures of its kind.
FEW_PARTS = 5
HEAD = '| fold | parts | pictures | pixel IoU | AUROC | recall | false alarms | recall at 5 % false alarms |'


def fold_report(folds: Sequence[Sequence[Sample]], results: Sequence[Sequence[PictureResult]]) -> str:
    """Markdown. Pooled figures are of all pictures together, each judged by the model of its fold."""
    pooled = summarise([each for fold in results for each in fold])
    single = [summarise(fold) for fold in results]
    samples = [sample for fold in folds for sample in fold]
    rows = [_row(str(index + 1), folds[index], figures) for index, figures in enumerate(single)]
    lines = [HEAD, '|---|--:|--:|--:|--:|--:|--:|--:|', *rows, _row('**pooled**', samples, pooled)]
    pictures = [each for fold in results for each in fold]
    return '\n'.join(
        [*lines, '', *_kinds(samples, pooled), '', *_thresholds(pictures), '', *_words(single, pooled, samples)]
    )


def _row(title: str, samples: Sequence[Sample], figures: dict[str, Any]) -> str:
    picture = figures['picture']
    values = [figures['pixel']['iou'], *(picture[key] for key in ('auroc', 'recall', 'falseAlarms'))]
    values.append(picture['recallAt5PercentFalseAlarms'])
    shown = ' | '.join('–' if np.isnan(value) else f'{value:.3f}' for value in values)
    return f'| {title} | {len(_parts(samples))} | {len(samples)} | {shown} |'


def _kinds(samples: Sequence[Sample], figures: dict[str, Any]) -> list[str]:
    lines = ['| kind | parts | pictures | pixel IoU | pictures flagged at 0.5 |', '|---|--:|--:|--:|--:|']
    for kind, pixel in figures['pixelByKind'].items():
        members = _defects(samples, kind)
        flagged = figures['recallByKind'][kind]
        lines.append(f'| {kind} | {len(_parts(members))} | {len(members)} | {pixel["iou"]:.3f} | {flagged:.3f} |')
    return lines


def _thresholds(results: Sequence[PictureResult]) -> list[str]:
    """Pooled figures by threshold; empty where pixels were counted at one threshold only."""
    if not all(result.at for result in results):
        return []
    lines = ['| threshold | pixel IoU | recall | false alarms |', '|--:|--:|--:|--:|']
    for threshold in THRESHOLDS:
        flagged = {
            truth: [each.score > threshold for each in results if each.truth == truth] for truth in ('defect', 'clean')
        }
        values = [
            pixel_figures_at(results, threshold).iou,
            *(np.mean(each) if each else np.nan for each in flagged.values()),
        ]
        lines.append(f'| {threshold} | ' + ' | '.join('–' if np.isnan(value) else f'{value:.3f}' for value in values) + ' |')
    return lines


def _words(single: Sequence[dict[str, Any]], pooled: dict[str, Any], samples: Sequence[Sample]) -> list[str]:
    picture = pooled['picture']
    lines = ['What to expect on parts like these that no training has seen:', '']
    if picture['defect']:
        share = f'{100 * picture["recall"]:.0f}'
        lines.append(f'- Of 100 pictures with a defect about {share} are flagged at 0.5{_range(single, "recall")}.')
    if picture['clean']:
        share = f'{100 * picture["falseAlarms"]:.0f}'
        lines.append(f'- Of 100 clean pictures about {share} raise a false alarm{_range(single, "falseAlarms")}.')
    if picture['defect'] and picture['clean']:
        lines.append(
            f'- With a threshold that lets 5 of 100 clean pictures through as false alarms, about '
            f'{100 * picture["recallAt5PercentFalseAlarms"]:.0f} of 100 defects are flagged.'
        )
    by_kind = pooled['pixelByKind']
    if by_kind:
        weakest = min(by_kind, key=lambda kind: by_kind[kind]['iou'])
        lines.append(f'- The weakest kind is {weakest}: pixel IoU {by_kind[weakest]["iou"]:.2f}.')
    few = {
        kind: count
        for kind in by_kind
        if (count := len(_parts([sample for sample in samples if sample.kind == kind and sample.truth == 'defect'])))
        < FEW_PARTS
    }
    for kind, count in few.items():
        lines.append(
            f'- {kind} was seen on {count} parts only: its figures are those of single parts. Take pictures of more.'
        )
    lines.append('- Scores of different folds come from different models; the pooled AUROC compares them as they are.')
    return lines


def _range(single: Sequence[dict[str, Any]], key: str) -> str:
    """The least and the most of the folds that have the figure."""
    counted = 'defect' if key == 'recall' else 'clean'
    values = [100 * figures['picture'][key] for figures in single if figures['picture'][counted]]
    return f' ({min(values):.0f} to {max(values):.0f} by fold)'


def _defects(samples: Sequence[Sample], kind: str) -> list[Sample]:
    return [sample for sample in samples if sample.kind == kind and sample.truth == 'defect']


def _parts(samples: Sequence[Sample]) -> set[str]:
    return {sample.group for sample in samples}
