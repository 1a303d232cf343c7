"""The training loop: steps, validation, the best checkpoint, and a state that a stopped run goes on from."""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from .checkpoint import save_weights
from .inspect import inspect_samples, torch_predictor
from .metrics import summarise
from .network import STRIDE, Deployed, LiteNet, UNet
from .run import Run
from .sample import Sample
from .sampler import Sampler, SamplerOptions
from .split import Split
from .synthetic_set import synthetic_samples


def size_at(step: int, options: argparse.Namespace) -> tuple[int, int]:
    """(width, height) of the pictures of a step: about three quarters of the full size while `--small-share` lasts."""
    width, height = options.size
    if step >= options.small_share * options.steps:
        return width, height
    return max(STRIDE, width * 3 // 4 // STRIDE * STRIDE), max(STRIDE, height * 3 // 4 // STRIDE * STRIDE)


def prefetch(
    sampler: Sampler, options: argparse.Namespace, first: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Batches of the steps from `first` to the last, drawn by another thread a little ahead."""
    ready: queue.Queue[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = queue.Queue(3)

    def draw_all() -> None:
        for step in range(first, options.steps):
            ready.put(sampler.batch(step, options.batch, size_at(step, options)))

    threading.Thread(target=draw_all, daemon=True).start()
    for _ in range(first, options.steps):
        yield ready.get()


def validate(network: UNet | LiteNet, samples: Sequence[Sample], size: tuple[int, int]) -> dict[str, object]:
    """The figures of `evaluate` on the validation pictures."""
    predict = torch_predictor(Deployed(copy.deepcopy(network).eval()))
    return summarise(list(inspect_samples(predict, samples, size)))


def quality(figures: dict[str, object]) -> float:
    """The number the best checkpoint is chosen by: mean of pooled pixel IoU, mean class IoU and AUROC."""
    pixel, by_kind, picture = figures['pixel'], figures['pixelByKind'], figures['picture']
    assert isinstance(pixel, dict) and isinstance(by_kind, dict) and isinstance(picture, dict)
    classes = [kind['iou'] for kind in by_kind.values()]
    return float(np.nanmean([pixel['iou'], np.nanmean(classes) if classes else math.nan, picture['auroc']]))


def fit(options: argparse.Namespace, parts: Mapping[Split, Sequence[Sample]], title: str | None = None) -> Path:
    """Trains on 'train' up to `--steps` and returns the file of the weights that `--choose` takes: the best on 'val'
    (on generated pictures where that is empty), or the last, which needs no 'val'."""
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # every value is written before it is read; saves a tenth
    samples = parts.get('train', []) if options.synthetic < 1 else []
    judged = [] if options.choose == 'last' else parts.get('val') or synthetic_samples(987, 16, options.surface)
    size = (options.size[0], options.size[1])
    sampler = Sampler(
        samples,
        SamplerOptions(options.seed, options.synthetic, options.pool, options.transplant, options.drawn, options.surface),
    )
    run = Run(options)
    state, best = options.out / 'state.pt', options.out / 'best.npz'
    if state.is_file():
        run.resume(state)
        print(f'going on at step {run.step} of {options.steps}', flush=True)
    batches = prefetch(sampler, options, run.step)
    losses: list[float] = []
    with tqdm(total=options.steps, initial=run.step, desc=title, unit='step', dynamic_ncols=True) as bar:
        for images, masks in batches:
            losses.append(run.learn(images, masks))
            bar.set_postfix(loss=f'{np.mean(losses[-50:]):.3f}', best=f'{run.best:.3f}', refresh=False)
            bar.update()
            if run.step % options.validate_every and run.step != options.steps:
                continue
            loss = float(np.mean(losses))
            losses.clear()
            if judged:
                bar.write(_choose(run, loss, validate(run.average, judged, size), best))
            else:
                run.log.append({'step': run.step, 'loss': loss})
                save_weights(best, options.network, run.average)
            run.save(state)
            _write_log(options.out / 'log.json', run.log)
    return best


def _choose(run: Run, loss: float, figures: dict[str, object], best: Path) -> str:
    """Keeps the weights where they are the best so far; returns the line to show."""
    score = quality(figures)
    run.log.append({'step': run.step, 'loss': loss, 'quality': score, **figures})
    if score > run.best:
        run.best = score
        save_weights(best, run.options.network, run.average)
    return f'step {run.step}: {_brief(figures)}, quality {score:.3f}'


def _brief(figures: dict[str, object]) -> str:
    pixel, picture = figures['pixel'], figures['picture']
    assert isinstance(pixel, dict) and isinstance(picture, dict)
    return (
        f'pixel IoU {pixel["iou"]:.3f}, AUROC {picture["auroc"]:.3f}, recall {picture["recall"]:.3f}, '
        f'false alarms {picture["falseAlarms"]:.3f}'
    )


def _write_log(path: Path, log: list[dict[str, object]]) -> None:
    temporary = path.with_suffix('.part')
    temporary.write_text(json.dumps(log, indent=1), 'utf-8')
    os.replace(temporary, path)
