"""Export: the model folder gives what the training framework gives, and its model.json says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
import pytest
import torch

from flawline_training import self_test
from flawline_training.export import convert, quantise, save_compact
from flawline_training.inspect import openvino_predictor, to_tensor, torch_predictor
from flawline_training.manifest import sha256
from flawline_training.network import NETWORKS, Deployed, LiteNet, UNet
from flawline_training.parity import compare_files

SIZE = (96, 64)


def tiny(name: str) -> UNet | LiteNet:
    """An untrained network whose statistics were moved off their start values, as training does."""
    torch.manual_seed(3)
    network = NETWORKS[name]()
    for _ in range(3):
        network(torch.randn(2, 3, SIZE[1], SIZE[0]))
    return network.eval()


def tensors(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (1, 3, SIZE[1], SIZE[0]), np.uint8) for _ in range(count)]


@pytest.mark.parametrize('name', sorted(NETWORKS))
def test_convert_gives_what_the_training_framework_gives(name: str) -> None:
    """Same weights in f32: only the order of additions differs, so a few units of the last place."""
    network = tiny(name)
    compiled = ov.Core().compile_model(convert(network, SIZE), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    reference = torch_predictor(Deployed(network).eval())
    for tensor in tensors(3):
        assert np.abs(compiled(tensor)[0][0, 0] - reference(tensor)).max() < 2e-5


def test_convert_keeps_the_contract_of_the_service() -> None:
    model = convert(tiny('unet'), SIZE)
    assert model.input(0).names == {'input'}
    assert model.input(0).element_type == ov.Type.u8
    assert list(model.input(0).shape) == [1, 3, SIZE[1], SIZE[0]]
    assert ov.Core().compile_model(model, 'CPU').output(0).names == {'probability'}
    assert model.output(0).element_type == ov.Type.f32
    assert list(model.output(0).shape) == [1, 1, SIZE[1], SIZE[0]]


def test_convert_keeps_the_hysteresis_in_the_graph(tmp_path: Path) -> None:
    network = tiny('unet')
    plain = convert(network, SIZE)
    network.decoder.high.fill_(6.0)
    reference = torch_predictor(Deployed(network).eval())
    compiled, before = (
        ov.Core().compile_model(model, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
        for model in (convert(network, SIZE), plain)
    )
    for tensor in tensors(2):
        np.testing.assert_allclose(compiled(tensor)[0][0, 0], reference(tensor), atol=1e-4)
        assert not np.allclose(compiled(tensor)[0], before(tensor)[0], atol=1e-3)


def test_save_compact_changes_probabilities_by_no_more_than_the_rounding_of_weights(tmp_path: Path) -> None:
    network = tiny('unet')
    save_compact(convert(network, SIZE), tmp_path / 'model.xml')
    assert compare_files(network, tmp_path / 'model.xml', tensors(3)).largest_difference < 5e-3


def test_quantise_keeps_input_and_output(tmp_path: Path) -> None:
    save_compact(convert(tiny('unet'), SIZE), tmp_path / 'model.xml')
    model = quantise(tmp_path / 'model.xml', tensors(4))
    assert model.input(0).element_type == ov.Type.u8
    assert list(model.output(0).shape) == [1, 1, SIZE[1], SIZE[0]]
    assert any(node.get_type_name() == 'FakeQuantize' for node in model.get_ops())


def test_quantise_leaves_the_first_convolutions_as_they_are(tmp_path: Path) -> None:
    """A network of three convolutions in a row and one beside them: depth 2 keeps the first two of the row and the other."""
    rng = np.random.default_rng(2)
    image = ov.opset13.parameter([1, 3, 64, 96], ov.Type.u8, name='input')
    value = ov.opset13.convert(image, 'f32')
    row = []
    for _ in range(3):
        kernel = rng.normal(0, 0.3, (3, 3, 1, 1)).astype(np.float32)
        value = ov.opset13.relu(ov.opset13.convolution(value, kernel, [1, 1], [0, 0], [0, 0], [1, 1]))
        row.append(value)
    kernel = rng.normal(0, 0.3, (3, 3, 1, 1)).astype(np.float32)
    beside = ov.opset13.convolution(row[0], kernel, [1, 1], [0, 0], [0, 0], [1, 1])
    ov.save_model(ov.Model([ov.opset13.add(row[2], beside)], [image]), str(tmp_path / 'model.xml'))

    convolutions = [
        node
        for node in quantise(tmp_path / 'model.xml', tensors(4), 2).get_ordered_ops()
        if node.get_type_name() == 'Convolution'
    ]

    quantised = [node.input_value(0).get_node().get_type_name() == 'FakeQuantize' for node in convolutions]
    assert sorted(quantised) == [False, False, False, True]


def test_count_of_channels_is_bgr_in_the_graph() -> None:
    """Swapping blue and red must matter: the graph itself does not sort channels."""
    predict = torch_predictor(Deployed(tiny('unet')).eval())
    tensor = tensors(1)[0]
    assert np.abs(predict(tensor) - predict(np.ascontiguousarray(tensor[:, ::-1]))).max() > 0


def test_write_self_test_describes_the_picture_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that finds what is dark; count, digest and white pixels worked out apart from the code under test."""
    monkeypatch.setattr(self_test, 'CANDIDATES', 10)
    image = ov.opset13.parameter([1, 3, 64, 96], ov.Type.u8, name='input')
    mean = ov.opset13.reduce_mean(ov.opset13.convert(image, 'f32'), np.array([1]), keep_dims=True)
    probability = ov.opset13.sigmoid(ov.opset13.divide(ov.opset13.subtract(np.float32(70), mean), np.float32(10)))
    ov.save_model(ov.Model([probability], [image]), str(tmp_path / 'model.xml'))

    written = self_test.write_self_test(tmp_path / 'model.xml', tmp_path / 'self-test.jpg')

    picture = cv2.imread(str(tmp_path / 'self-test.jpg'))
    assert picture.shape == (64, 96, 3)
    predict, _ = openvino_predictor(tmp_path / 'model.xml')
    mask = (predict(to_tensor(picture)) > 0.5).astype(np.uint8) * 255
    assert written.white_pixels == np.count_nonzero(mask)
    assert written.mask_sha256 == hashlib.sha256(mask.tobytes()).hexdigest()
    assert written.defect == len(cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0])


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / 'a').write_bytes(b'abc')
    assert sha256(tmp_path / 'a') == 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
