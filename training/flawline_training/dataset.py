"""Labelled pictures from a folder: which mask belongs to which picture, and which pictures belong together.

Four layouts are understood (`training/README.md` shows them): a folder already split, with an `index.json`; the
service's folder of kept pictures; the public magnetic-tile set as it is published; and any other folder of pictures and
masks.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .kept import is_kept, judged_pictures
from .magnetic_tile import is_magnetic_tile, tile_groups, tile_split
from .sample import Sample
from .split import Split, split_by_group

PICTURE_TYPES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')
#: Folder names that say nothing about what a picture shows.
PLAIN_FOLDERS = ('images', 'imgs', 'pictures')
#: Longer pictures are made this long when they are loaded, by the same plain resize the service uses.
MAX_SIDE = 768


def load_dataset(root: Path, val_share: float = 0.2) -> dict[Split, list[Sample]]:
    """All pictures below `root`, split by group so that no physical part is on both sides.

    Raises FileNotFoundError when there is no picture with a mask, ValueError when a mask does not fit its picture.
    """
    if (root / 'index.json').is_file():
        return _load_indexed(root)
    kept = is_kept(root)
    samples = _load_kept(root) if kept else [_load_sample(root, picture) for picture in _find_pictures(root)]
    if not any(sample.mask.any() for sample in samples):
        raise FileNotFoundError(
            f'Cannot train as the folder must hold pictures with masks: {root} has {len(samples)} without'
        )
    if not kept and is_magnetic_tile(root):
        samples = _regroup(samples, tile_groups(samples))
        return tile_split(samples)
    samples = _regroup(samples, _read_groups(root))
    return split_by_group(samples, val_share)


def _load_indexed(root: Path) -> dict[Split, list[Sample]]:
    """`index.json`: {"train": [{"name": "Crack/a", "group": 7}, …], "val": […]}; pictures at <split>/<name>.<type>."""
    index: dict[Split, list[dict[str, object]]] = json.loads((root / 'index.json').read_text('utf-8'))
    parts: dict[Split, list[Sample]] = {}
    for split, entries in index.items():
        folder = root / split
        pictures = {picture.relative_to(folder).with_suffix('').as_posix(): picture for picture in _find_pictures(folder)}
        parts[split] = [
            replace(_load_sample(folder, pictures[str(entry['name'])]), group=str(entry['group'])) for entry in entries
        ]
    return parts


def _load_kept(root: Path) -> list[Sample]:
    samples = []
    for picture, mask, group in judged_pictures(root):
        sample = _read_sample(root, picture, mask)
        kind = 'defect' if sample.mask.any() else 'clean'
        samples.append(replace(sample, kind=kind, group=group))
    return samples


def _find_pictures(root: Path) -> list[Path]:
    """Every picture that is not another one's mask, in the order of the names."""
    files = sorted(path for path in root.rglob('*') if path.suffix.lower() in PICTURE_TYPES)
    masks = {mask for path in files if (mask := _mask_of(path)) is not None}
    return [path for path in files if path not in masks and path.parent.name.lower() != 'masks']


def _mask_of(picture: Path) -> Path | None:
    """a.mask.png beside a.jpg, a.png beside a.jpg, or masks/a.png beside the folder of a.jpg."""
    candidates = [
        picture.with_name(f'{picture.stem}.mask.png'),
        picture.with_suffix('.png'),
        picture.parent.parent / 'masks' / f'{picture.stem}.png',
    ]
    return next((path for path in candidates if path != picture and path.is_file()), None)


def _load_sample(root: Path, picture: Path) -> Sample:
    return _read_sample(root, picture, _mask_of(picture))


def _read_sample(root: Path, picture: Path, mask_path: Path | None) -> Sample:
    image = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f'Cannot load a picture as OpenCV must be able to decode it: {picture}')
    mask = np.zeros(image.shape[:2], np.uint8)
    if mask_path is not None:
        grey = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE)
        if grey is None or grey.shape != mask.shape:
            have = 'unreadable' if grey is None else grey.shape
            raise ValueError(f'Cannot use a mask as it must be as large as its picture {mask.shape}: {mask_path} is {have}')
        mask = (grey > 127).astype(np.uint8)
    image, mask = _shrink(image, mask)
    name = picture.relative_to(root).with_suffix('').as_posix()
    return Sample(name, _kind_of(root, picture, bool(mask.any())), name, image, mask)


def _shrink(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    height, width = mask.shape
    scale = MAX_SIDE / max(height, width)
    if scale >= 1:
        return image, mask
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), (small > 127).astype(np.uint8)


def _kind_of(root: Path, picture: Path, has_defect: bool) -> str:
    """The folder's name where it means something ('MT_Crack/Imgs' is Crack), else 'defect' or 'clean'."""
    folder = picture.parent
    while folder != root and folder.name.lower() in PLAIN_FOLDERS:
        folder = folder.parent
    if folder == root:
        return 'defect' if has_defect else 'clean'
    return folder.name.removeprefix('MT_')


def _read_groups(root: Path) -> dict[str, str]:
    """`groups.csv`, lines of picture,group (path below the folder); empty when there is none."""
    path = root / 'groups.csv'
    if not path.is_file():
        return {}
    with path.open(newline='', encoding='utf-8') as file:
        return {Path(row[0]).with_suffix('').as_posix(): row[1] for row in csv.reader(file) if len(row) == 2}


def _regroup(samples: Iterable[Sample], groups: dict[str, str]) -> list[Sample]:
    return [replace(sample, group=groups.get(sample.name, sample.group)) for sample in samples]
