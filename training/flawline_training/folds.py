"""Cross-validation: what to expect of `train` on parts that it has never seen, before a model of it is deployed.

The pictures are dealt into folds by physical part. For each fold a model is trained on all others as `train` does (with
`--choose best` a fifth of them chooses its checkpoint), and then judges the fold: no picture is judged by a model that saw
it or was chosen by it.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from .checkpoint import load_weights
from .combine import set_high, shift
from .contact_sheet import contact_sheet
from .fit import fit
from .fold_report import fold_report
from .inspect import Predictor, inspect_samples, torch_predictor
from .metrics import PictureResult, pixel_figures
from .network import Deployed
from .run import BEGINNINGS
from .sample import Sample
from .split import Split, deal_folds, split_by_group

#: Pictures of the contact sheet.
WORST = 30
#: Options that say where, how fast and how it is judged, not what is trained.
FREE_OPTIONS = ('out', 'threads', 'data', 'shift', 'high')


def cross_validate(options: argparse.Namespace, parts: Mapping[Split, Sequence[Sample]]) -> str:
    """Trains and judges `--folds` models, goes on where a call before was stopped, and returns the report.

    Where `--init` names the folder of other folds, each goes on from the weights of its own there.
    Writes `folds.md`, `folds.json` and `worst.png` into `--out`. A part called 'test' is left alone.
    Raises ValueError when the folder holds folds of other pictures or options, that of `--init` folds of other pictures, or
    there are too few parts.
    """
    samples = [sample for name, members in parts.items() if name != 'test' for sample in members]
    folds = deal_folds(samples, options.folds)
    if not all(any(sample.truth != 'unknown' for sample in fold) for fold in folds):
        groups = len({sample.group for sample in samples})
        raise ValueError(
            f'Cannot make {options.folds} folds as each must have a part that can be judged: there are {groups} parts'
        )
    _check_beginning(_beginning(options), folds)
    options.out.mkdir(parents=True, exist_ok=True)
    _claim(options.out / 'plan.json', options, folds)
    results: list[list[PictureResult]] = []
    for index, fold in enumerate(tqdm(folds, desc='folds', unit='fold', dynamic_ncols=True)):
        rest = [sample for other in folds if other is not fold for sample in other]
        results.append(_judge(_of_fold(options, index), rest, fold, f'fold {index + 1} of {len(folds)}'))
    report = fold_report(folds, results)
    _write(options.out / 'folds.json', json.dumps([[asdict(each) for each in fold] for fold in results], indent=1))
    _write(options.out / 'folds.md', report)
    _write_worst(options, folds, results)
    return f'{report}\n\nIn {options.out}: folds.md has this, worst.png the worst pictures, folds.json every picture.'


def worst(results: Sequence[PictureResult], count: int) -> list[PictureResult]:
    """The half of `count` with the least overlap among defects, and the clean ones with the highest scores."""
    defects = sorted((each for each in results if each.truth == 'defect'), key=lambda each: (_overlap(each), each.name))
    clean = sorted((each for each in results if each.truth == 'clean'), key=lambda each: (-each.score, each.name))
    return [*defects[: count - count // 2], *clean[: count // 2]]


def _overlap(result: PictureResult) -> float:
    iou = pixel_figures([result]).iou
    return 1.0 if math.isnan(iou) else iou


def _of_fold(options: argparse.Namespace, index: int) -> argparse.Namespace:
    own = copy.copy(options)
    own.out = options.out / _fold_name(index)
    if beginning := _beginning(options):
        own.init = str(beginning / _fold_name(index) / 'best.npz')
    return own


def _beginning(options: argparse.Namespace) -> Path | None:
    """The folder of the folds that `--init` names; a folder that happens to have the name of another beginning is none."""
    init = Path(options.init)
    return init if options.init not in BEGINNINGS and init.is_dir() else None


def _fold_name(index: int) -> str:
    return f'fold-{index + 1}'


def _check_beginning(init: Path | None, folds: Sequence[Sequence[Sample]]) -> None:
    """Folds that go on from folds must be of the same pictures: else weights would be judged by what they have seen."""
    if init is None:
        return
    plan = init / 'plan.json'
    if not plan.is_file() or json.loads(plan.read_text('utf-8'))['folds'] != [_digest(fold) for fold in folds]:
        raise ValueError(f'Cannot go on from other folds as they must be of the same pictures in the same order: {init}')
    missing = [name for name in map(_fold_name, range(len(folds))) if not (init / name / 'best.npz').is_file()]
    if missing:
        raise ValueError(f'Cannot go on from other folds as each must have its weights: {", ".join(missing)} of {init}')


def _judge(options: argparse.Namespace, rest: list[Sample], fold: list[Sample], title: str) -> list[PictureResult]:
    """The results of a fold: read when a call before has made them at this operating point, else by its weights, which are
    trained on the rest where no call before has."""
    done = options.out / f'results{_point(options)}.json'
    if done.is_file():
        return [PictureResult(**each) for each in json.loads(done.read_text('utf-8'))]
    best = options.out / 'best.npz'
    if not any(options.out.glob('results*.json')):
        parts: dict[Split, list[Sample]] = {'train': rest} if options.choose == 'last' else split_by_group(rest, 0.2)
        best = fit(options, parts, title)
    results = list(inspect_samples(_predictor(best, options), fold, tuple(options.size)))
    _write(done, json.dumps([asdict(each) for each in results]))
    return results


def _point(options: argparse.Namespace) -> str:
    """The operating point as a part of a file's name; empty for that of training."""
    shifted = f'-shift-{options.shift}' if options.shift else ''
    return shifted + (f'-high-{options.high}' if options.high else '')


def _predictor(weights: Path, options: argparse.Namespace) -> Predictor:
    network = load_weights(weights)[1]
    shift(network, options.shift)
    set_high(network, options.high)
    return torch_predictor(Deployed(network).eval())


def _claim(path: Path, options: argparse.Namespace, folds: Sequence[Sequence[Sample]]) -> None:
    """Refuses to go on in a folder whose folds were made of something else: figures of two experiments would be mixed."""
    plan: dict[str, Any] = {
        'options': {key: str(value) for key, value in sorted(vars(options).items()) if key not in FREE_OPTIONS},
        'folds': [_digest(fold) for fold in folds],
    }
    if not path.is_file():
        _write(path, json.dumps(plan, indent=1))
        return
    found = json.loads(path.read_text('utf-8'))
    if found == plan:
        return
    names = {key for key in plan['options'] if found['options'].get(key) != plan['options'][key]}
    other = ', '.join(f'--{name.replace("_", "-")}' for name in sorted(names)) or 'the pictures'
    raise ValueError(f'Cannot go on as the folds must be made as they were begun: {other} changed; name another --out')


def _digest(fold: Sequence[Sample]) -> str:
    digest = hashlib.sha256()
    for sample in sorted(fold, key=lambda each: each.name):
        digest.update(f'{sample.name}\0{sample.group}\0{sample.kind}\0'.encode())
        digest.update(np.ascontiguousarray(sample.image))
        digest.update(np.ascontiguousarray(sample.mask))
    return digest.hexdigest()


def _write_worst(
    options: argparse.Namespace, folds: Sequence[Sequence[Sample]], results: Sequence[Sequence[PictureResult]]
) -> None:
    predictors = [_predictor(_of_fold(options, index).out / 'best.npz', options) for index in range(len(folds))]
    at = {sample.name: (predict, sample) for predict, fold in zip(predictors, folds, strict=True) for sample in fold}
    shown = worst([each for fold in results for each in fold], WORST)
    cv2.imwrite(str(options.out / 'worst.png'), contact_sheet([at[each.name] for each in shown], tuple(options.size)))


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix('.part')
    temporary.write_text(text, 'utf-8')
    os.replace(temporary, path)
