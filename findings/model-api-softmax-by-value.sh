#!/bin/sh
# OpenVINO's Model API decides picture by picture, from the numbers, whether a classifier's output is probabilities or logits.
#
# Nothing in a model's file says whether the softmax is in the graph. One would guess that it is told by a setting, or once a model. It is told at
# every picture: if the numbers lie in 0 to 1 and sum to 1 (within 1e-5) they are taken as they are, else softmax is applied. So a logit model's
# confidence can go down when its logit goes up: with logits 0.2 and 0.8 the confidence is 0.8, with 0.2 and 0.81 it is 0.648.
#
# Seen with openvino-model-api 0.4.7 and openvino 2026.4.1 on Python 3.11:
#   logits [0.2, 0.8] -> 0.8; logits [0.2, 0.81] -> 0.648
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet openvino-model-api==0.4.7 openvino==2026.4.1 numpy==2.4.6
cat >run.py <<'PY'
import logging
import sys

import numpy as np
import openvino as ov
from model_api.models import Model
from openvino import opset13 as op


def confidence(logits):
    """Of the second class, by a model that gives these logits for every picture."""
    image = op.parameter([1, 3, 8, 8], np.float32)
    nothing = op.multiply(op.reduce_mean(image, op.constant(np.array([2, 3]))), op.constant(np.zeros((1, 3), np.float32)))
    zero = op.reduce_sum(nothing, op.constant(np.array([1])), keep_dims=True)
    model = ov.Model([op.add(zero, op.constant(np.array([logits], np.float32)))], [image])
    model.inputs[0].get_tensor().set_names({'image'})
    model.outputs[0].get_tensor().set_names({'logits'})
    model.set_rt_info('Classification', ['model_info', 'model_type'])
    model.set_rt_info('clean defect', ['model_info', 'labels'])
    ov.save_model(model, 'model.xml', compress_to_fp16=False)
    top = Model.create_model('model.xml')(np.zeros((8, 8, 3), np.uint8)).top_labels[0]
    return top.name, round(float(top.confidence), 3)


logging.disable(logging.INFO)
lower, higher = confidence([0.2, 0.8]), confidence([0.2, 0.81])
print('logits 0.2 and 0.80:', *lower)
print('logits 0.2 and 0.81:', *higher)
if lower != ('defect', 0.8) or higher != ('defect', 0.648):
    sys.exit('Logits and probabilities are told apart differently now.')
PY
venv/bin/python run.py
