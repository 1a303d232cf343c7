"""Generated pictures as samples, for judging a model on what it was never trained on."""

from __future__ import annotations

from .generator import KINDS, SURFACES, photograph
from .sample import Sample


def synthetic_samples(seed: int, per_kind: int, surface: str = SURFACES[0]) -> list[Sample]:
    """`per_kind` photographs of each kind, 640 x 480; seeds seed..seed+per_kind-1."""
    samples = []
    for kind in KINDS:
        for index in range(per_kind):
            picture = photograph(seed + index, kind, surface_name=surface)
            name = f'{kind}-{index + 1}'
            samples.append(Sample(name, kind, name, picture.image, picture.mask))
    return samples
