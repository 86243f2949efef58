"""Whether a figure grows, told from how it wavers.

The second half of the samples is cut into nine parts of equal length, each seen as its median:
a collection of garbage, a batch or a checkpoint lasts for a sample or two and moves none. The rise
is the slope of Theil and Sen times the length, and it is certain where the test of Mann and Kendall
gives less than one in a hundred for as many later parts above earlier ones by chance. Both ask for
no distribution, and one step, up or down, is no rise that goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import sqrt
from statistics import median
from typing import NamedTuple

Samples = Sequence[Mapping[str, float]]
PARTS = 9
_CERTAIN = 2.33
"""Standard deviations that chance exceeds once in a hundred times, upwards."""

LEAST: Mapping[str, float] = {"rss_mb": 2.0, "descriptors": 1.0, "threads": 0.5, "wal_mb": 1.0}
"""By figure the rise, over the half, from which on it is told from nothing.

The interpreter takes memory in pieces of 1 MB, and a write-ahead log grows up to 4 MB before it
is used again.
"""


class Change(NamedTuple):
    """How much a figure rose over the second half, and how much it wavers around that."""

    rise: float
    noise: float
    is_certain: bool


def changes(samples: Samples) -> Mapping[str, Change]:
    """Of all figures that are not to grow."""
    begin = samples[-1]["seconds"] / 2
    half = [one for one in samples if one["seconds"] >= begin]
    return {name: _change([one[name] for one in half]) for name in LEAST}


def grown(samples: Samples) -> Mapping[str, float]:
    """What grows in the second half, and by how much."""
    found = changes(samples)
    return {
        name: one.rise for name, one in found.items() if one.is_certain and one.rise > LEAST[name]
    }


def _change(values: Sequence[float]) -> Change:
    parts = _medians(values)
    slope = median((later - earlier) / (j - i) for (i, earlier), (j, later) in _pairs(parts))
    level = median(value - slope * place for place, value in enumerate(parts))
    # A part is as long as its neighbours lie apart.
    per_part = len(values) / PARTS
    around = [value - level - slope * (n / per_part - 0.5) for n, value in enumerate(values)]
    noise = median(abs(one) for one in around)
    return Change(round(slope * PARTS, 2), round(noise, 2), _is_certain(parts))


def _is_certain(parts: Sequence[float]) -> bool:
    above = sum((later > earlier) - (later < earlier) for (_, earlier), (_, later) in _pairs(parts))
    count = len(parts)
    return (above - 1) / sqrt(count * (count - 1) * (2 * count + 5) / 18) > _CERTAIN


def _medians(values: Sequence[float]) -> list[float]:
    if len(values) < PARTS:
        raise ValueError(f"growth is told from {PARTS} samples of the second half at least")
    edges = [len(values) * part // PARTS for part in range(PARTS + 1)]
    return [median(values[begin:end]) for begin, end in pairwise(edges)]


def _pairs(parts: Sequence[float]) -> list[tuple[tuple[int, float], tuple[int, float]]]:
    return list(combinations(enumerate(parts), 2))
