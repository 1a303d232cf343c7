"""model.json: what the service reads about a model before it loads it."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from .self_test import SelfTest


def write_manifest(model: Path, options: argparse.Namespace, self_test: SelfTest | None) -> Path:
    """Writes model.json beside the .xml, with digests of every file the service reads.

    The INT8 form has no self-test entry: its masks differ in single pixels from one processor generation to the next.
    """
    files = [model, model.with_suffix('.bin')]
    manifest: dict[str, object] = {
        'name': options.name if self_test else f'{options.name}-int8',
        'version': options.version,
        'threshold': 0.5,
        'input': {
            'width': options.size[0],
            'height': options.size[1],
            'elementType': 'u8',
            'layout': 'NCHW',
            'colour': 'BGR',
        },
        'trainedOn': options.trained_on,
    }
    if self_test:
        files.append(model.with_name(self_test.picture))
        manifest['selfTest'] = {
            'picture': self_test.picture,
            'defect': self_test.defect,
            'maskSha256': self_test.mask_sha256,
            'whitePixels': self_test.white_pixels,
        }
    manifest['digests'] = {file.name: sha256(file) for file in files}
    path = model.with_name('model.json')
    path.write_text(json.dumps(manifest, indent=2) + '\n', 'utf-8')
    return path


def sha256(path: Path) -> str:
    """Lower-case hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
