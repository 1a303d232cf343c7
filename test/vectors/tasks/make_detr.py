"""Builds an IR of the outside of a DETR export of transformers with OpenVINO's Python opset alone, and expected.json beside it.

    python make_detr.py FOLDER [sigmoid|softmax] [PICTURES]

Outputs "logits" [1, 100, 3], or [1, 100, 4] with no object behind the classes, and "pred_boxes" [1, 100, 4] (centre and size, 0 to 1). A query is a cell of a 10 by 10 grid: logits from
colour differences, boxes from a seeded convolution, all in f32. What must come out is read by numpy: a sigmoid, every pair of query
and class above 0.5 (RT-DETR), or a softmax, of each query the most probable class above 0.5 (DETR, which is also given pictures by
ImageNet's mean and scale); corners times the size of the picture. Needs numpy, opencv-python-headless and openvino.
"""
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
from openvino import opset13 as op

SIZE = 160
GRID = 10
STRIDE = SIZE // GRID
QUERIES = GRID * GRID
THRESHOLD = 0.5
MEAN, SCALE = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])


def const(values):
    return op.constant(np.asarray(values, np.float32))


def convolution(x, weights, pad):
    return op.convolution(x, const(weights), [1, 1], [pad, pad], [pad, pad], [1, 1])


def queries(x, channels):
    flat = op.reshape(x, op.constant(np.array([1, channels, QUERIES], np.int64)), False)
    return op.transpose(flat, op.constant(np.array([0, 2, 1], np.int64)))


def graph(kind):
    random = np.random.default_rng(7)
    x = op.parameter([1, 3, SIZE, SIZE], np.float32, name='pixel_values')
    x.output(0).set_names({'pixel_values'})
    unit = x
    if kind == 'softmax':  # back to 0 to 1, which the colour differences are for
        unit = op.add(op.multiply(x, const(SCALE.reshape(1, 3, 1, 1) / 255)), const(MEAN.reshape(1, 3, 1, 1) / 255))
    mean = op.avg_pool(unit, [STRIDE, STRIDE], [0, 0], [0, 0], [STRIDE, STRIDE], True)
    colour = 9 * np.array([[1, -.5, -.5], [-.5, -.5, 1], [-.5, 1, -.5]], np.float32).reshape(3, 3, 1, 1)
    logits = queries(op.add(convolution(mean, colour, 0), const(-1.2)), 3)
    if kind == 'softmax':
        logits = op.concat([logits, const(np.full((1, QUERIES, 1), .4))], 2)
    t = op.tanh(convolution(op.subtract(mean, const(.5)), random.normal(0, .9, (4, 3, 3, 3)), 1))
    cell = (np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)))[None] + .5) / GRID
    xy, wh = op.split(t, op.constant(np.int64(1)), 2).outputs()
    centre = op.add(op.multiply(xy, const(.05)), const(cell))
    size = op.multiply(op.exp(op.multiply(wh, const(.35))), const(.2))
    boxes = queries(op.concat([centre, size], 1), 4)
    logits.output(0).set_names({'logits'})
    boxes.output(0).set_names({'pred_boxes'})
    return ov.Model([logits, boxes], [x], 'own')


def read(compiled, picture, kind):
    height, width = picture.shape[:2]
    planes = cv2.resize(picture, (SIZE, SIZE))[..., ::-1].transpose(2, 0, 1).astype(np.float32)
    mean, scale = (MEAN, SCALE) if kind == 'softmax' else (np.float32([0]), np.float32([255]))
    found = compiled(np.ascontiguousarray((planes - mean[:, None, None]) / scale[:, None, None])[None])
    logits, boxes = found['logits'][0].astype(np.float64), found['pred_boxes'][0].astype(np.float64)
    scores = 1 / (1 + np.exp(-logits))
    if kind == 'softmax':
        powers = np.exp(logits - logits.max(1, keepdims=True))
        scores = (powers / powers.sum(1, keepdims=True))[:, :-1]
        scores = np.where(np.arange(3) == scores.argmax(1)[:, None], scores, 0)
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)
    corners = np.clip(corners * [width, height, width, height], 0, [width, height, width, height])
    pairs = [(scores[query, label], query, label) for query, label in zip(*np.nonzero(scores > THRESHOLD))]
    pairs.sort(key=lambda pair: (-pair[0], pair[1]))
    return [{'box': corners[query].tolist(), 'score': float(score), 'class': int(label)} for score, query, label in pairs]


def main(folder, kind='sigmoid', pictures=Path(__file__).parent / 'pictures'):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = graph(kind)
    ov.save_model(model, folder / 'model.xml', compress_to_fp16=False)
    compiled = ov.Core().compile_model(model, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    expected = {
        path.name: {'reference': {'objects': read(compiled, cv2.imread(str(path)), kind)}}
        for path in sorted(Path(pictures).glob('*.png'))
    }
    (folder / 'expected.json').write_text(json.dumps({'pictures': expected}, indent=1) + '\n')
    print({name: len(entry['reference']['objects']) for name, entry in expected.items()})


main(*sys.argv[1:])
