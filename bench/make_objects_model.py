"""Makes the model of the rows `detector` and `instances`: the outside of an Ultralytics export at 640, by OpenVINO's opset alone.

    python make_objects_model.py FOLDER detect|segment

1.2 GFLOP of seeded convolutions, as much as the model of the other rows. What it finds does not depend on the picture but for
hundredths of a pixel: 100 candidates, five around each of 20 places, of which 20 objects stay.
"""
import sys
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as op

SIZE = 640
NAMES = ["scratch", "dent", "stain"]
CHANNELS = 16
LAYERS = 10
COEFFICIENTS = 32
CELLS = sum((SIZE // stride) ** 2 for stride in (8, 16, 32))
PLACES = [(80 + 120 * column, 140 + 120 * row) for row in range(4) for column in range(5)]
SHIFTS = [(0, 0), (3, 0), (-3, 0), (0, 3), (0, -3)]


def const(values):
    return op.constant(np.asarray(values, np.float32))


def convolution(x, weights, stride=1, pad=0):
    return op.convolution(x, const(weights), [stride, stride], [pad, pad], [pad, pad], [1, 1])


def rows(random):
    """[1, 7 + coefficients, cells]: nothing but for the candidates, which lie all over the output."""
    table = np.zeros((1, 7 + COEFFICIENTS, CELLS), np.float32)
    cells = random.permutation(CELLS)
    for number, (x, y) in enumerate(PLACES):
        width, height = random.uniform(60, 100, 2)
        coefficients = np.append(random.uniform(0.5, 1.5), random.normal(0, 0.08, COEFFICIENTS - 1))
        for shift, (dx, dy) in enumerate(SHIFTS):
            cell = cells[len(SHIFTS) * number + shift]
            table[0, :4, cell] = x + dx, y + dy, width, height
            table[0, 4 + number % len(NAMES), cell] = 0.9 - 0.1 * shift
            table[0, 7:, cell] = coefficients
    return table


def graph(kind):
    random = np.random.default_rng(3)
    x = op.parameter([1, 3, SIZE, SIZE], np.float32, name="x")
    features = convolution(x, random.normal(0, 0.15, (CHANNELS, 3, 4, 4)), stride=4)
    for _ in range(LAYERS):
        features = op.relu(convolution(features, random.normal(0, 0.12, (CHANNELS, CHANNELS, 3, 3)), pad=1))
    features = op.tanh(features)
    mean = op.reshape(
        op.reduce_mean(features, op.constant(np.array([1, 2, 3])), True), op.constant(np.array([1, 1, 1])), False
    )
    table = rows(random)
    if kind == "detect":
        table = table[:, :7]
    places = np.zeros_like(table)
    places[:, :2] = 0.05
    found = op.add(const(table), op.multiply(const(places), mean))
    if kind == "detect":
        return ov.Model([found], [x], "own")
    planes = convolution(features, random.normal(0, 0.3, (COEFFICIENTS - 1, CHANNELS, 1, 1)))
    ones = np.ones((1, 1, SIZE // 4, SIZE // 4))
    return ov.Model([found, op.concat([const(ones), planes], 1)], [x], "own")


def main(folder, kind):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ov.save_model(graph(kind), folder / "model.xml", compress_to_fp16=False)
    names = "\n".join(f"  {index}: {name}" for index, name in enumerate(NAMES))
    (folder / "metadata.yaml").write_text(
        f"stride: 32\ntask: {kind}\nbatch: 1\nimgsz:\n- {SIZE}\n- {SIZE}\nnames:\n{names}\nargs:\n  nms: null\n"
        "  dynamic: false\nchannels: 3\nend2end: false\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
