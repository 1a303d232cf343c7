"""Dealing groups of pictures into parts, so that near-copies of one physical part never lie on both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from .sample import Sample

Split = Literal['train', 'val', 'test']


def split_by_group(samples: Sequence[Sample], val_share: float, salt: str = '') -> dict[Split, list[Sample]]:
    """`val_share` (0..1) of the pictures of every class, in whole groups, go to 'val'."""
    return deal(samples, {'val': val_share, 'train': 1 - val_share}, salt)


def deal(samples: Sequence[Sample], shares: Mapping[Split, float], salt: str) -> dict[Split, list[Sample]]:
    """Whole groups to parts, as near to `shares` of the pictures as whole groups allow, separately for each stratum.

    A group's stratum is its rarest class. Within one the order is that of a hash of the first name, so it depends on
    the names alone; each group goes to the part that is furthest behind its share (the first named wins a tie).
    """
    parts: dict[Split, list[Sample]] = {split: [] for split in shares}
    for stratum in _strata(samples, salt):
        _deal_stratum(stratum, shares, parts)
    return parts


def deal_folds(samples: Sequence[Sample], count: int) -> list[list[Sample]]:
    """`count` parts of about equal size; each group is whole in one, each stratum spread over as many as it can be."""
    folds: list[list[Sample]] = [[] for _ in range(count)]
    for stratum in _strata(samples, 'folds:'):
        have = [0] * count
        for group in sorted(stratum, key=len, reverse=True):
            least = min(range(count), key=lambda fold: (have[fold], len(folds[fold])))
            have[least] += len(group)
            folds[least].extend(group)
    return folds


def _strata(samples: Sequence[Sample], salt: str) -> list[list[list[Sample]]]:
    """The groups by stratum, each stratum in the order of a hash."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.group, []).append(sample)
    frequency = Counter(sample.kind for sample in samples)
    strata: dict[str, list[list[Sample]]] = {}
    for group in groups.values():
        rarest = min((sample.kind for sample in group), key=lambda kind: (frequency[kind], kind))
        strata.setdefault(rarest, []).append(group)
    for stratum in strata.values():
        stratum.sort(key=lambda group: _hash(salt, group))
    return list(strata.values())


def _deal_stratum(stratum: Iterable[list[Sample]], shares: Mapping[Split, float], parts: dict[Split, list[Sample]]) -> None:
    groups = list(stratum)
    total = sum(len(group) for group in groups)
    have: Counter[Split] = Counter()
    for group in groups:
        wanted: list[Split] = [split for split, share in shares.items() if share > 0]
        split = max(wanted, key=lambda name: 1 - have[name] / (shares[name] * total))
        have[split] += len(group)
        parts[split].extend(group)


def _hash(salt: str, group: Iterable[Sample]) -> str:
    return hashlib.sha1(f'{salt}{min(sample.name for sample in group)}'.encode()).hexdigest()
