"""The loader: which mask belongs to which picture, and that no group lies on both sides of a split."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from flawline_training.dataset import load_dataset
from flawline_training.sample import Sample
from flawline_training.split import deal, split_by_group


def sample(name: str, group: str, kind: str = 'crack') -> Sample:
    return Sample(name, kind, group, np.zeros((4, 4, 3), np.uint8), np.ones((4, 4), np.uint8))


def write_picture(path: Path, value: int, shape: tuple[int, ...] = (20, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(shape, value, np.uint8))


def test_split_by_group_never_puts_a_group_on_both_sides() -> None:
    samples = [sample(f'p{index}', f'g{index % 17}', ('crack', 'fray')[index % 3 == 0]) for index in range(200)]
    parts = split_by_group(samples, 0.3)
    groups = {split: {member.group for member in members} for split, members in parts.items()}
    assert groups['train'] & groups['val'] == set()
    assert groups['train'] and groups['val']


def test_split_by_group_keeps_every_picture_once() -> None:
    samples = [sample(f'p{index}', f'g{index % 5}') for index in range(40)]
    parts = split_by_group(samples, 0.2)
    assert sorted(member.name for members in parts.values() for member in members) == sorted(
        member.name for member in samples
    )


def test_split_by_group_depends_on_names_not_on_their_order() -> None:
    samples = [sample(f'p{index}', f'g{index % 9}') for index in range(60)]
    names = [sorted(member.name for member in split_by_group(order, 0.2)['val']) for order in (samples, samples[::-1])]
    assert names[0] == names[1]


def test_deal_comes_near_the_shares() -> None:
    parts = deal([sample(f'p{index}', f'g{index // 2}') for index in range(200)], {'val': 0.25, 'train': 0.75}, '')
    assert len(parts['val']) == 50


def test_load_dataset_finds_a_mask_beside_its_picture(labelled: Path) -> None:
    samples = [member for members in load_dataset(labelled).values() for member in members]
    assert len(samples) == 18
    assert {member.kind for member in samples if member.truth == 'defect'} >= {'crack', 'fray', 'uneven'}
    assert all(not member.mask.any() for member in samples if member.kind == 'clean')


def test_load_dataset_reads_images_and_masks_folders(tmp_path: Path) -> None:
    write_picture(tmp_path / 'images' / 'a.jpg', 90)
    write_picture(tmp_path / 'images' / 'b.jpg', 90)
    write_picture(tmp_path / 'masks' / 'a.png', 255)
    kinds = {member.name: member.kind for members in load_dataset(tmp_path).values() for member in members}
    assert kinds == {'images/a': 'defect', 'images/b': 'clean'}


def test_load_dataset_takes_groups_from_a_file(tmp_path: Path, labelled: Path) -> None:
    shutil.copytree(labelled, tmp_path, dirs_exist_ok=True)
    (tmp_path / 'groups.csv').write_text('crack/crack-1.jpg,part-7\ncrack/crack-2.jpg,part-7\n', 'utf-8')
    groups = {member.name: member.group for members in load_dataset(tmp_path).values() for member in members}
    assert groups['crack/crack-1'] == groups['crack/crack-2'] == 'part-7'
    assert groups['crack/crack-3'] != 'part-7'


def test_load_dataset_keeps_the_split_of_an_index(tmp_path: Path) -> None:
    write_picture(tmp_path / 'train' / 'Crack' / 'a.jpg', 90)
    write_picture(tmp_path / 'train' / 'Crack' / 'a.png', 255)
    write_picture(tmp_path / 'val' / 'Free' / 'b.jpg', 90)
    index = {'train': [{'name': 'Crack/a', 'group': 1}], 'val': [{'name': 'Free/b', 'group': 2}]}
    (tmp_path / 'index.json').write_text(json.dumps(index), 'utf-8')
    parts = load_dataset(tmp_path)
    assert [(member.name, member.group) for member in parts['val']] == [('Free/b', '2')]
    assert [(member.name, member.truth) for member in parts['train']] == [('Crack/a', 'defect')]


def test_load_dataset_joins_near_frames_of_a_magnetic_tile(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for kind, frame in (('Crack', 100), ('Free', 180), ('Free', 9000), ('Blowhole', 20000)):
        path = tmp_path / f'MT_{kind}' / 'Imgs' / f'exp1_num_{frame}.jpg'
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 255, (60, 60), np.uint8))
        write_picture(path.with_suffix('.png'), 0 if kind == 'Free' else 255, (60, 60))
    groups = {member.name: member.group for members in load_dataset(tmp_path).values() for member in members}
    assert groups['Crack/exp1_num_100'] == groups['Free/exp1_num_180']
    assert len(set(groups.values())) == 3


def test_load_dataset_refuses_a_mask_of_another_size(tmp_path: Path) -> None:
    write_picture(tmp_path / 'a.jpg', 90)
    write_picture(tmp_path / 'a.png', 255, (10, 10))
    with pytest.raises(ValueError, match='as large as its picture'):
        load_dataset(tmp_path)


def test_load_dataset_refuses_a_folder_without_masks(tmp_path: Path) -> None:
    write_picture(tmp_path / 'a.jpg', 90)
    with pytest.raises(FileNotFoundError, match='with masks'):
        load_dataset(tmp_path)


def write_kept(folder: Path, name: str, *, verdict: str | None, defect: bool = True, value: int = 90) -> None:
    write_picture(folder / f'{name}.jpg', value)
    write_picture(folder / f'{name}.found.png', 255)
    (folder / f'{name}.json').write_text(json.dumps({'format': 1, 'picture': f'{name}.jpg'}), 'utf-8')
    if verdict is not None:
        write_picture(folder / f'{name}.mask.png', 255 if defect else 0)
        (folder / f'{name}.judged.json').write_text(json.dumps({'verdict': verdict}), 'utf-8')


def test_load_dataset_reads_judged_pictures_of_the_service_alone(tmp_path: Path) -> None:
    folder = tmp_path / 'default'
    write_kept(folder, '20261129T224448123Z-a', verdict='right')
    write_kept(folder, '20261129T224449123Z-b', verdict='wrong', defect=False, value=120)
    write_kept(folder, '20261129T224450123Z-c', verdict=None)
    samples = [member for members in load_dataset(tmp_path).values() for member in members]
    assert sorted((Path(member.name).name[-1], member.kind, bool(member.mask.any())) for member in samples) == [
        ('a', 'defect', True),
        ('b', 'clean', False),
    ]


def test_load_dataset_puts_a_kept_picture_that_came_twice_into_one_group(tmp_path: Path) -> None:
    write_kept(tmp_path, '20261129T224448123Z-a', verdict='right')
    write_kept(tmp_path, '20261129T224449123Z-a', verdict='right')
    assert len({member.group for members in load_dataset(tmp_path).values() for member in members}) == 1


def test_load_dataset_refuses_kept_pictures_that_nobody_judged(tmp_path: Path) -> None:
    write_kept(tmp_path, '20261129T224448123Z-a', verdict=None)
    with pytest.raises(FileNotFoundError, match='nobody has judged'):
        load_dataset(tmp_path)


def test_load_dataset_refuses_kept_pictures_of_several_models(tmp_path: Path) -> None:
    for model in ('tiles', 'cloth'):
        write_kept(tmp_path / model, '20261129T224448123Z-a', verdict='right')
    with pytest.raises(ValueError, match='several models'):
        load_dataset(tmp_path)
