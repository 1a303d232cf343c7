"""What Pillow's bilinear resize makes of made-up pictures: sizes and sha256 of the bytes, written to expected.json.

    python -m venv venv && venv/bin/pip install 'pillow<13' numpy && venv/bin/python make_vectors.py

Each picture is (x * 7 + y * 13 + channel * 50 + x * y) % 256. As torchvision's Resize and CenterCrop do it, the shorter edge becomes
`side` and the middle is taken; the second list has whole pictures brought to other sizes, in colour and in grey (the first channel).
Pillow 13 resizes the columns of tall pictures before the rows, which changes some values by a level; earlier versions never do.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

SIZES = [(331, 247, 96), (190, 300, 96), (64, 64, 64), (1280, 960, 224), (50, 40, 64), (97, 96, 95), (2000, 33, 16)]
WHOLE = [(331, 247, 96, 64), (190, 300, 50, 200), (4000, 30, 31, 7), (1280, 960, 256, 256), (50, 40, 64, 33), (97, 96, 97, 12), (3, 2, 1, 1)]


def picture(width, height):
    y, x, channel = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * 7 + y * 13 + channel * 50 + x * y) % 256).astype(np.uint8))


def crop(image, side):
    width, height = image.size
    longer = int(side * max(width, height) / min(width, height))
    scaled = (side, longer) if width <= height else (longer, side)
    resized = image.resize(scaled, Image.Resampling.BILINEAR)
    left, top = int(round((scaled[0] - side) / 2)), int(round((scaled[1] - side) / 2))
    return resized.crop((left, top, left + side, top + side))


cases = [{'width': width, 'height': height, 'side': side,
          'sha256': hashlib.sha256(np.asarray(crop(picture(width, height), side)).tobytes()).hexdigest()}
         for width, height, side in SIZES]


def digest(image):
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


whole = [{'width': width, 'height': height, 'to': {'width': w, 'height': h},
          'colour': digest(picture(width, height).resize((w, h), Image.Resampling.BILINEAR)),
          'grey': digest(picture(width, height).getchannel(0).resize((w, h), Image.Resampling.BILINEAR))}
         for width, height, w, h in WHOLE]
Path(__file__).with_name('expected.json').write_text(json.dumps({'pillow': PIL.__version__, 'cases': cases, 'whole': whole}, indent=1) + '\n')
