"""A small labelled folder every test may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawline_training import generate


@pytest.fixture(scope='session')
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generated pictures of each kind with masks, one folder a kind, 96 x 80."""
    folder = tmp_path_factory.mktemp('labelled')
    generate.main(['--out', str(folder), '--per-kind', '3', '--size', '96', '80', '--masks'])
    return folder
