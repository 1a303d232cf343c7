#!/bin/sh
# In OpenVINO's Model API, opening one model changes how another one, of another type, is read in the same process.
#
# The defaults of the wrappers are shared objects, and some wrappers change them in place when they are opened. A classifier whose file names no
# resize_type is stretched to the input. After a YOLO11 model has been opened, the next wrapper of the very same classifier letterboxes its
# pictures; here that turns the verdict over. So one process a model, or every setting named in the file.
#
# Seen with openvino-model-api 0.4.7 and openvino 2026.4.1 on Python 3.11; a white picture of 64 x 16, input 32 x 32:
#   before: standard, bright; after: fit_to_window_letterbox, dark
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

SIDE = 32
PICTURE = np.full((16, 64, 3), 255, np.uint8)


def save(path, image, output, model_type, labels):
    model = ov.Model([output], [image])
    model.inputs[0].get_tensor().set_names({'image'})
    model.outputs[0].get_tensor().set_names({'output'})
    model.set_rt_info(model_type, ['model_info', 'model_type'])
    model.set_rt_info(labels, ['model_info', 'labels'])
    ov.save_model(model, path, compress_to_fp16=False)


def brightness(image):
    return op.reduce_mean(image, op.constant(np.array([1, 2, 3])), keep_dims=False)


def save_classifier():
    """Calls a picture bright whose mean is above 200."""
    image = op.parameter([1, 3, SIDE, SIDE], np.float32)
    mean = op.reshape(brightness(image), op.constant(np.array([1, 1])), special_zero=False)
    bright = op.divide(op.subtract(mean, op.constant(np.float32(200))), op.constant(np.float32(10)))
    save('classifier.xml', image, op.concat([op.negative(bright), bright], 1), 'Classification', 'dark bright')


def save_detector():
    """Finds nothing."""
    image = op.parameter([1, 3, SIDE, SIDE], np.float32)
    boxes = sum((SIDE // stride) ** 2 for stride in (8, 16, 32))
    mean = op.reshape(brightness(image), op.constant(np.array([1, 1, 1])), special_zero=False)
    save('detector.xml', image, op.multiply(mean, op.constant(np.zeros((1, 5, boxes), np.float32))), 'YOLO11', 'defect')


def judge():
    model = Model.create_model('classifier.xml')
    return model.params.resize_type, model(PICTURE).top_labels[0].name


logging.disable(logging.INFO)
save_classifier()
save_detector()
before = judge()
Model.create_model('detector.xml')
after = judge()
print('before:', *before)
print('after: ', *after)
if before != ('standard', 'bright') or after != ('fit_to_window_letterbox', 'dark'):
    sys.exit('Opening a model changes the others differently now.')
PY
venv/bin/python run.py
