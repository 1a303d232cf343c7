#!/bin/sh
# OpenVINO's DetectionOutput fills the rows behind its last detection with image 0, not with -1.
#
# The output has a fixed number of rows of [image, class, score, x1, y1, x2, y2]. The first row after the last detection has image -1,
# and one would guess that all further ones have it, too. They have image 0, class 0, score 0: a reader that keeps every row whose image
# is 0 (or is not -1) finds detections that are none. And a list that is full ends without any -1. So read up to the first -1 or the end.
#
# Seen with openvino 2026.4.1 on x64, Python 3.11: six priors, two of them above the threshold, six rows kept:
#   images [0, 0, -1, 0, 0, 0], scores [0.9, 0.8, 0, 0, 0, 0]; with all six above it: images [0, 0, 0, 0, 0, 0]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet openvino==2026.4.1 numpy==2.4.6
cat >"$work/run.py" <<'PY'
import sys

import numpy as np
import openvino as ov
from openvino import opset8 as op

PRIORS = 6


def detect(scores):
    location = op.parameter([1, PRIORS * 4], np.float32)
    confidence = op.parameter([1, PRIORS * 2], np.float32)
    priors = op.parameter([1, 1, PRIORS * 4], np.float32)
    node = op.detection_output(
        location,
        confidence,
        priors,
        {
            'background_label_id': 0,
            'variance_encoded_in_target': True,
            'keep_top_k': [PRIORS],
            'code_type': 'caffe.PriorBoxParameter.CORNER',
            'share_location': True,
            'nms_threshold': 0.45,
            'confidence_threshold': 0.5,
            'normalized': True,
        },
    )
    model = ov.Core().compile_model(ov.Model([node], [location, confidence, priors]), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    boxes = np.array([[0.1 * n, 0.1, 0.1 * n + 0.05, 0.2] for n in range(PRIORS)], np.float32)
    pairs = np.array([[1 - score, score] for score in scores], np.float32)
    rows = model([np.zeros((1, PRIORS * 4), np.float32), pairs.reshape(1, -1), boxes.reshape(1, 1, -1)])[0].reshape(-1, 7)
    return [int(row[0]) for row in rows], [round(float(row[2]), 3) for row in rows]


some = detect([0.9, 0.8, 0.1, 0.1, 0.1, 0.1])
full = detect([0.9, 0.8, 0.7, 0.65, 0.6, 0.55])
print('openvino', ov.__version__)
print('two of six: images', some[0], 'scores', some[1])
print('six of six: images', full[0], 'scores', full[1])
if some != ([0, 0, -1, 0, 0, 0], [0.9, 0.8, 0.0, 0.0, 0.0, 0.0]) or full[0] != [0] * PRIORS:
    sys.exit('The rows behind the last detection are different now.')
PY
"$work/venv/bin/python" "$work/run.py"
