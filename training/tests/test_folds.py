"""Cross-validation: no part on both sides, the same after a stop, and a report that says what it rests on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from flawline_training import fit as fitting
from flawline_training import train as training
from flawline_training.fold_report import fold_report
from flawline_training.folds import worst
from flawline_training.metrics import PictureResult
from flawline_training.run import Run
from flawline_training.sample import Sample
from flawline_training.split import deal_folds

TINY = '--network unet --init none --steps 2 --batch 2 --pool 6 --size 64 64 --validate-every 2 --threads 1'.split()


def sample(name: str, group: str, kind: str = 'crack') -> Sample:
    mask = np.zeros((4, 4), np.uint8) if kind == 'clean' else np.ones((4, 4), np.uint8)
    return Sample(name, kind, group, np.zeros((4, 4, 3), np.uint8), mask)


def result(name: str, kind: str, score: float, hit: int = 0) -> PictureResult:
    return PictureResult(
        name, kind, 'clean' if kind == 'clean' else 'defect', score, hit, 0, 0 if kind == 'clean' else 10 - hit
    )


def cross_validate(out: Path, data: Path, *more: str) -> None:
    training.main(['--data', str(data), '--out', str(out), '--folds', '3', *TINY, *more])


def test_deal_folds_keeps_groups_whole_and_every_picture_once() -> None:
    samples = [sample(f'p{index}', f'g{index % 17}', ('crack', 'fray', 'clean')[index % 3]) for index in range(200)]
    folds = deal_folds(samples, 5)
    assert sorted(member.name for fold in folds for member in fold) == sorted(member.name for member in samples)
    groups = [{member.group for member in fold} for fold in folds]
    assert sum(len(each) for each in groups) == len(set.union(*groups))


def test_deal_folds_spreads_each_kind() -> None:
    samples = [
        sample(f'{kind}{index}', f'{kind}{index}', kind) for kind in ('crack', 'fray', 'clean') for index in range(10)
    ]
    for fold in deal_folds(samples, 5):
        assert sorted(member.kind for member in fold) == ['clean', 'clean', 'crack', 'crack', 'fray', 'fray']


def test_deal_folds_spreads_kinds_of_few_parts_over_different_folds() -> None:
    kinds = [f'kind{index}' for index in range(5)]
    folds = deal_folds([sample(kind, kind, kind) for kind in kinds], 5)
    assert [len(fold) for fold in folds] == [1, 1, 1, 1, 1]


def test_folds_judge_every_picture_once_by_a_model_that_never_saw_its_part(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[set[str]] = []
    own = fitting.fit

    def noting(options, parts, title=None):  # type: ignore[no-untyped-def]
        taught.append({member.group for members in parts.values() for member in members})
        return own(options, parts, title)

    monkeypatch.setattr('flawline_training.folds.fit', noting)
    cross_validate(tmp_path, labelled)
    folds = json.loads((tmp_path / 'folds.json').read_text('utf-8'))
    judged = [{each['name'] for each in fold} for fold in folds]
    assert all(not names & groups for names, groups in zip(judged, taught, strict=True))
    assert sum(len(names) for names in judged) == len(set.union(*judged)) == 18
    assert cv2.imread(str(tmp_path / 'worst.png')) is not None
    report = (tmp_path / 'folds.md').read_text('utf-8')
    assert '| **pooled** | 18 | 18 |' in report
    assert '| threshold | pixel IoU | recall | false alarms |' in report


def test_folds_that_keep_the_last_weights_teach_all_the_other_folds(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[int] = []
    own = fitting.fit

    def noting(options, parts, title=None):  # type: ignore[no-untyped-def]
        taught.append(len(parts['train']))
        return own(options, parts, title)

    monkeypatch.setattr('flawline_training.folds.fit', noting)
    cross_validate(tmp_path, labelled, '--choose', 'last')
    assert taught == [12, 12, 12]


def test_folds_go_on_where_they_were_stopped(tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, stopped = tmp_path / 'whole', tmp_path / 'stopped'
    cross_validate(whole, labelled)
    learn, steps = Run.learn, iter(range(3))

    def interrupted(self, images, masks):  # type: ignore[no-untyped-def]
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return learn(self, images, masks)

    monkeypatch.setattr(Run, 'learn', interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(stopped, labelled)
    assert (stopped / 'fold-1' / 'results.json').is_file() and not (stopped / 'fold-2' / 'results.json').exists()
    monkeypatch.undo()
    cross_validate(stopped, labelled)
    assert (stopped / 'folds.json').read_text('utf-8') == (whole / 'folds.json').read_text('utf-8')


def test_folds_are_judged_at_another_operating_point_without_training_again(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cross_validate(tmp_path, labelled)
    monkeypatch.setattr(Run, 'learn', None)
    plain = json.loads((tmp_path / 'folds.json').read_text('utf-8'))
    cross_validate(tmp_path, labelled, '--shift', '1', '--high', '0.999')
    moved = json.loads((tmp_path / 'folds.json').read_text('utf-8'))
    assert [each['name'] for fold in moved for each in fold] == [each['name'] for fold in plain for each in fold]
    assert all(
        a['score'] != b['score'] for one, two in zip(moved, plain, strict=True) for a, b in zip(one, two, strict=True)
    )


def test_folds_that_go_on_from_others_each_begin_with_their_own_weights(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cross_validate(tmp_path / 'first', labelled)
    begun: list[str] = []
    own = fitting.fit

    def noting(options, parts, title=None):  # type: ignore[no-untyped-def]
        begun.append(options.init)
        return own(options, parts, title)

    monkeypatch.setattr('flawline_training.folds.fit', noting)
    cross_validate(tmp_path / 'second', labelled, '--init', str(tmp_path / 'first'))
    assert begun == [str(tmp_path / 'first' / f'fold-{number}' / 'best.npz') for number in (1, 2, 3)]


def test_folds_begin_as_said_where_a_folder_has_the_name_of_that_beginning(
    tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'none').mkdir()
    monkeypatch.chdir(tmp_path)
    cross_validate(tmp_path / 'run', labelled.resolve())
    assert (tmp_path / 'run' / 'folds.json').is_file()


def test_folds_refuse_to_go_on_from_folds_of_other_pictures(tmp_path: Path, labelled: Path) -> None:
    """Their weights would be judged by pictures that they have seen."""
    training.main(['--data', str(labelled), '--out', str(tmp_path / 'first'), '--folds', '2', *TINY])
    with pytest.raises(ValueError, match='must be of the same pictures'):
        cross_validate(tmp_path / 'second', labelled, '--init', str(tmp_path / 'first'))


def test_folds_refuse_a_folder_that_was_begun_with_other_options(tmp_path: Path, labelled: Path) -> None:
    cross_validate(tmp_path, labelled)
    with pytest.raises(ValueError, match='--seed changed'):
        cross_validate(tmp_path, labelled, '--seed', '2')


def test_folds_refuse_more_folds_than_parts(tmp_path: Path, labelled: Path) -> None:
    with pytest.raises(ValueError, match='there are 18 parts'):
        cross_validate(tmp_path, labelled, '--folds', '19')


def test_parse_arguments_wants_pictures_for_folds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        training.parse_arguments(['--synthetic', '1', '--out', 'x', '--folds', '5'])
    assert '--data' in capsys.readouterr().err


def test_worst_takes_missed_defects_and_loud_clean_pictures() -> None:
    results = [
        result('a', 'crack', 0.9, 8),
        result('b', 'crack', 0.1, 0),
        result('c', 'clean', 0.2),
        result('d', 'clean', 0.7),
    ]
    assert [each.name for each in worst(results, 2)] == ['b', 'd']


def test_fold_report_says_what_to_expect_and_on_how_little_it_rests() -> None:
    folds = [[sample('a', 'p1'), sample('b', 'p2', 'clean')], [sample('c', 'p3'), sample('d', 'p4', 'clean')]]
    results = [
        [result('a', 'crack', 0.9, 5), result('b', 'clean', 0.1)],
        [result('c', 'crack', 0.2), result('d', 'clean', 0.8)],
    ]
    report = fold_report(folds, results)
    assert '| **pooled** | 4 | 4 | 0.250 | 0.750 | 0.500 | 0.500 |' in report
    assert 'about 50 are flagged at 0.5 (0 to 100 by fold)' in report
    assert 'crack was seen on 2 parts only' in report
