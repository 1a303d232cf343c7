"""Turns trained weights into a model folder that flawline runs: IR, INT8 form, model.json with self-test, model card.

    python -m flawline_training.export --weights runs/mine/best.npz --out ../models/mine --name mine --data DIR

Both forms take u8 [1,3,H,W], BGR, 0..255 and give a probability f32 [1,1,H,W]; the normalisation is in the graph.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import nncf
import numpy as np
import openvino as ov
import torch
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix
from numpy.typing import NDArray

from .checkpoint import load_weights
from .clear_errors import clear_errors
from .dataset import load_dataset
from .inspect import resize_pair, to_tensor
from .manifest import write_manifest
from .model_card import write_model_card
from .network import Deployed, LiteNet, UNet, count_flops
from .parity import compare_files
from .sample import Sample
from .self_test import write_self_test
from .synthetic_set import synthetic_samples

#: Convolutions of the `lite` encoder, counted from the input, that INT8 leaves in f32: stem to third block. Folded
#: normalisation gives their channels weights of very different size, which seven bits cannot hold (the card has figures).
LITE_F32_DEPTH = 9
#: Seed of the generated pictures INT8 is calibrated on; neither training nor evaluation uses it.
CALIBRATION_SEED = 9000


def convert(network: UNet | LiteNet, size: tuple[int, int]) -> ov.Model:
    """The network in its deployed form, as an OpenVINO model of fixed `size` (width, height)."""
    width, height = size
    deployed = Deployed(network).eval()
    example = torch.zeros(1, 3, height, width, dtype=torch.uint8)
    model = ov.convert_model(deployed, example_input=example, input=[1, 3, height, width])
    # Tracing numbers every value; the plugin fuses the last steps and would list those numbers as names of the output.
    for node in model.get_ops():
        for value in node.outputs():
            value.get_tensor().set_names(set())
    model.inputs[0].get_tensor().set_names({'input'})
    model.inputs[0].get_node().set_friendly_name('input')
    model.outputs[0].get_tensor().set_names({'probability'})
    return model


def save_compact(model: ov.Model, path: Path) -> None:
    """Writes IR with FP16 weights; the .xml without its indentation, a third of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(model, str(path), compress_to_fp16=True)
    lines = path.read_text('utf-8').splitlines()
    path.write_text('\n'.join(line.strip() for line in lines) + '\n', 'utf-8')


def quantise(path: Path, tensors: Sequence[NDArray[np.uint8]], f32_depth: int = 0) -> ov.Model:
    """The INT8 form of an IR file, calibrated on u8 [1,3,H,W] tensors; the first `f32_depth` convolutions stay as they are.

    Weights use half of their range: on processors without VNNI the 16-bit sums of full-range products overflow, and the
    same file would find less there than elsewhere.
    """
    model = ov.Core().read_model(str(path))
    return nncf.quantize(
        model,
        nncf.Dataset(tensors),
        ignored_scope=nncf.IgnoredScope(names=first_convolutions(model, f32_depth)),
        subset_size=len(tensors),
        preset=nncf.QuantizationPreset.MIXED,
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
        fast_bias_correction=True,
    )


def first_convolutions(model: ov.Model, depth: int) -> list[str]:
    """Names of the convolutions with fewer than `depth` others on the longest way from the input."""
    depths: dict[str, int] = {}
    found = []
    for node in model.get_ordered_ops():
        before = max((depths[value.get_node().get_friendly_name()] for value in node.input_values()), default=0)
        is_convolution = node.get_type_name() in ('Convolution', 'GroupConvolution')
        if is_convolution and before < depth:
            found.append(node.get_friendly_name())
        depths[node.get_friendly_name()] = before + is_convolution
    return found


def calibration_tensors(samples: Sequence[Sample], size: tuple[int, int], count: int) -> list[NDArray[np.uint8]]:
    """At least `count` / 2 generated pictures; the other half spread over `samples` (training pictures), if any."""
    half = min(count // 2, len(samples))
    real = [samples[int(index)] for index in np.linspace(0, len(samples) - 1, half)] if half else []
    drawn = synthetic_samples(CALIBRATION_SEED, max(1, (count - half) // 6))
    return [to_tensor(resize_pair(sample, size)[0]) for sample in [*real, *drawn]]


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with a message when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog='export', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--weights', type=Path, required=True, help='.npz or .pt of a run')
    parser.add_argument('--out', type=Path, required=True, help="the model's folder")
    parser.add_argument('--name', required=True)
    parser.add_argument('--version', default='1.0.0')
    parser.add_argument('--trained-on', default='', help='one sentence for model.json and the card')
    parser.add_argument('--data', type=Path, help='folder it was trained on: calibrates INT8, gives the figures of the card')
    parser.add_argument(
        '--judged',
        choices=('val', 'none'),
        default='val',
        help='part of --data whose figures the card gets; none where the weights were trained on all of it (--choose last)',
    )
    parser.add_argument('--size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'))
    parser.add_argument('--calibration', type=int, default=200, metavar='N', help='pictures for INT8')
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the model's folder."""
    options = parse_arguments(arguments)
    cv2.setNumThreads(1)
    size = (options.size[0], options.size[1])
    _, network = load_weights(options.weights)
    parts = load_dataset(options.data) if options.data else {}
    ir, int8 = options.out / 'model.xml', options.out / 'int8' / 'model.xml'
    save_compact(convert(network, size), ir)
    tensors = calibration_tensors(parts.get('train', []), size, options.calibration)
    save_compact(quantise(ir, tensors, LITE_F32_DEPTH if isinstance(network, LiteNet) else 0), int8)
    self_test = write_self_test(ir, options.out / 'self-test.jpg')
    write_manifest(ir, options, self_test)
    write_manifest(int8, options, None)
    parity = compare_files(network, ir, tensors[:: max(1, len(tensors) // 20)][:20])
    write_model_card(
        options.out,
        options.name,
        options.trained_on,
        parts.get('val', []) if options.judged == 'val' else [],
        count_flops(network, size[1], size[0]),
        parity,
    )
    print(f'{options.out}: largest difference to the training framework {parity.largest_difference:.1e}')


if __name__ == '__main__':
    with clear_errors():
        main()
