#!/bin/sh
# Pillow 13 resizes some pictures in another order than the versions before it, so that the same call gives other bytes.
#
# A smooth resize (BILINEAR, and every other filter) goes over a picture twice, once along the rows and once along the columns, and rounds to
# bytes in between. Up to Pillow 12 rows come first, whatever the sizes. Pillow 13 takes the columns first in tall pictures; what is rounded
# in between is then something else. A model that was trained with one version and runs beside the other sees levels that differ here and
# there, in tall pictures alone.
#
# Seen with Pillow 12.0.0 and 13.0.0 on Python 3.11; seeded noise to 64 x 64, pixels that differ from rows first and from columns first:
#   12.0.0: 640 x 160: 0 and 581; 160 x 640: 0 and 544
#   13.0.0: 640 x 160: 0 and 581; 160 x 640: 544 and 0
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
cat >run.py <<'PY'
import random
import sys

from PIL import Image, __version__

BILINEAR = Image.Resampling.BILINEAR


def noise(width, height):
    return Image.frombytes('L', (width, height), random.Random(5).randbytes(width * height))


def differing(a, b):
    return sum(x != y for x, y in zip(a.tobytes(), b.tobytes()))


def compare(width, height, side):
    """Against the two passes made one by one."""
    picture, size = noise(width, height), (side, side)
    found = picture.resize(size, BILINEAR)
    rows_first = picture.resize((side, height), BILINEAR).resize(size, BILINEAR)
    columns_first = picture.resize((width, side), BILINEAR).resize(size, BILINEAR)
    return differing(found, rows_first), differing(found, columns_first)


wide, tall = compare(640, 160, 64), compare(160, 640, 64)
print(f'{__version__}: 640 x 160: {wide[0]} and {wide[1]}; 160 x 640: {tall[0]} and {tall[1]}')
is_new = sys.argv[1] == 'new'
if wide[0] != 0 or (tall[1] if is_new else tall[0]) != 0 or (tall[0] == 0) == is_new:
    sys.exit('Pillow resizes in another order than described.')
PY
for version in 12.0.0:old 13.0.0:new; do
  python3 -m venv --clear venv
  venv/bin/pip install --quiet "pillow==${version%:*}"
  venv/bin/python run.py "${version#*:}"
done
