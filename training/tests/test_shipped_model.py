"""The model in models/surface-defect is what its card and model.json say, and what the weights beside this folder give."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from flawline_training.checkpoint import load_weights
from flawline_training.expect import expectations
from flawline_training.inspect import inspect_samples, openvino_predictor, resize_pair, to_tensor, torch_predictor
from flawline_training.manifest import sha256
from flawline_training.metrics import summarise
from flawline_training.network import Deployed
from flawline_training.self_test import describe
from flawline_training.synthetic_set import synthetic_samples

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'surface-defect'
WEIGHTS = ROOT / 'training' / 'weights' / 'surface-defect.npz'
SAMPLES = ROOT / 'models' / 'samples'
FORMS = [MODEL / 'model.xml', MODEL / 'int8' / 'model.xml']


@pytest.mark.parametrize('model', FORMS, ids=['fp16', 'int8'])
def test_manifest_names_the_digests_of_the_files(model: Path) -> None:
    manifest = json.loads(model.with_name('model.json').read_text('utf-8'))
    assert set(manifest['digests']) >= {'model.xml', 'model.bin'}
    assert manifest['digests'] == {name: sha256(model.parent / name) for name in manifest['digests']}


@pytest.mark.parametrize('model', FORMS, ids=['fp16', 'int8'])
def test_files_stay_below_the_size_that_is_shipped(model: Path) -> None:
    assert model.stat().st_size + model.with_suffix('.bin').stat().st_size <= 2_500_000


def test_self_test_gives_what_the_manifest_says() -> None:
    entry = json.loads((MODEL / 'model.json').read_text('utf-8'))['selfTest']
    predict, (width, height) = openvino_predictor(MODEL / 'model.xml')
    image = cv2.imread(str(MODEL / entry['picture']), cv2.IMREAD_COLOR)
    assert image.shape == (height, width, 3)
    found = describe(predict, image, entry['picture'])
    assert (found.defect, found.mask_sha256, found.white_pixels) == (
        entry['defect'],
        entry['maskSha256'],
        entry['whitePixels'],
    )


def test_ir_gives_what_the_training_framework_gives_on_20_pictures() -> None:
    """Both have weights rounded to FP16, the IR with its normalisation folded in and rounded again."""
    reference = torch_predictor(Deployed(load_weights(WEIGHTS)[1]).eval())
    predict, size = openvino_predictor(MODEL / 'model.xml')
    differences, changed = [], 0
    for sample in synthetic_samples(7000, 4)[:20]:
        tensor = to_tensor(resize_pair(sample, size)[0])
        expected, found = reference(tensor), predict(tensor)
        differences.append(float(np.abs(expected - found).max()))
        changed += int(((expected > 0.5) != (found > 0.5)).sum())
    assert max(differences) < 0.05
    assert changed < 20 * size[0] * size[1] / 10_000


def test_int8_is_near_fp16_on_generated_pictures() -> None:
    samples = synthetic_samples(7000, 6)
    ious, aurocs = [], []
    for model in FORMS:
        predict, size = openvino_predictor(model)
        figures = summarise(list(inspect_samples(predict, samples, size)))
        ious.append(figures['pixel']['iou'])  # type: ignore[index]
        aurocs.append(figures['picture']['auroc'])  # type: ignore[index]
    assert abs(ious[0] - ious[1]) < 0.01
    assert abs(aurocs[0] - aurocs[1]) < 0.01


def test_samples_give_what_is_written_beside_them() -> None:
    """Digests hold on one kind of processor; counts and areas hold on all."""
    written = json.loads((SAMPLES / 'expected.json').read_text('utf-8'))
    found = expectations(MODEL / 'model.xml', SAMPLES)
    assert set(found) == set(written)
    for name, entry in found.items():
        assert entry['defect'] == written[name]['defect'], name
        assert entry['whitePixels'] == pytest.approx(written[name]['whitePixels'], abs=3), name


def test_samples_are_flagged_exactly_where_their_name_says_so() -> None:
    written = json.loads((SAMPLES / 'expected.json').read_text('utf-8'))
    assert {name for name, entry in written.items() if entry['defect'] == 0} == {'clean-1.jpg', 'clean-2.jpg'}
