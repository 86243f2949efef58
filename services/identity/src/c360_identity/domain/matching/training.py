"""Training without answers: Fellegi and Sunter's weights from the records alone.

What two strangers look like is counted on random pairs (`u`); what two records of one person look
like is found by expectation maximisation over the pairs that blocks find (`m`). There the strangers
are not random ones, so that they have odds of their own, used for nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import log2
from random import Random
from typing import Literal

from c360_identity.domain.matching.blocking import Blocking
from c360_identity.domain.matching.kind import MISSING, Form
from c360_identity.domain.matching.model import (
    Comparison,
    Frequencies,
    LevelOdds,
    Model,
    term_hash,
)
from c360_identity.domain.matching.scoring import Forms

Vector = tuple[int, ...]

_RANDOM_PAIRS = 250_000
_BLOCKED_PAIRS = 400_000
_ROUNDS = 60
_SMOOTH = 0.5
_RARE = 3
_FIRST_SHARE = 0.1
_BELIEF = {"m": 100.0, "u": 100.0}
"""Of how many pairs what a model says so far is worth: few records leave it nearly as it was."""


def train(model: Model, records: Sequence[Forms], version: str, seed: int = 0) -> Model:
    """The model with odds, frequencies and prior of these records.

    The same records in another order give nearly the same model: pairs are drawn at random. What is
    weightless stays so.
    """
    chance = Random(seed)
    comparing = [
        (place, one.kind, one.is_weightless) for place, one in enumerate(model.comparisons)
    ]

    def vector(pair: tuple[int, int]) -> Vector:
        one, other = records[pair[0]], records[pair[1]]
        found: list[int] = []
        for place, kind, is_weightless in comparing:
            a, b = one[place], other[place]
            if a is None or b is None or is_weightless:
                found.extend([MISSING] * len(kind.parts))
            else:
                found.extend(level.number for level in kind.compare(a, b))
        return tuple(found)

    strangers = Counter(map(vector, _random_pairs(chance, len(records))))
    blocked, share = _blocked_pairs(model, records, chance)
    alike = Counter(map(vector, blocked))
    sizes = [len(levels) for one in model.comparisons for levels in one.kind.parts.values()]
    u = _odds(_believed(model, "u", sizes), strangers.items())
    m, matching = _maximised(_believed(model, "m", sizes), alike, u)
    pairs = len(records) * (len(records) - 1) / 2
    prior = log2(max(matching / share, 1.0) / max(pairs, 2.0))
    comparisons = _with_odds(model.comparisons, m, u)
    counted = tuple(_counted(one, n, records) for n, one in enumerate(comparisons))
    return replace(model, version=version, prior=prior, comparisons=counted)


def _random_pairs(chance: Random, count: int) -> Iterable[tuple[int, int]]:
    if count * (count - 1) // 2 <= _RANDOM_PAIRS:
        yield from combinations(range(count), 2)
        return
    for _ in range(_RANDOM_PAIRS):
        one, other = chance.randrange(count), chance.randrange(count)
        if one != other:
            yield one, other


def _blocked_pairs(
    model: Model, records: Sequence[Forms], chance: Random
) -> tuple[Sequence[tuple[int, int]], float]:
    """Pairs of blocks that are not full, and which share of all of them these are."""
    blocking = Blocking(model)
    blocks: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, forms in enumerate(records):
        for block in blocking.keys(forms).items():
            blocks[block].append(number)
    held = [one for (_, largest), one in blocks.items() if 1 < len(one) <= largest]
    found = sorted({pair for one in held for pair in combinations(one, 2)})
    if len(found) <= _BLOCKED_PAIRS:
        return found, 1.0
    return chance.sample(found, _BLOCKED_PAIRS), _BLOCKED_PAIRS / len(found)


Odds = list[list[float]]


def _believed(model: Model, which: Literal["m", "u"], sizes: Sequence[int]) -> Odds:
    """What is believed of each level before anything is counted: what the model says so far."""
    known = [list(one.odds[name]) for one in model.comparisons if one.odds for name in one.odds]
    if not known:
        return [[_SMOOTH] * size for size in sizes]
    weight = _BELIEF[which]
    return [[max(weight * getattr(one, which), 1e-6) for one in levels] for levels in known]


def _odds(believed: Odds, weighted: Iterable[tuple[Vector, float]]) -> Odds:
    """How often each level of each part is met, what is missing left out."""
    counts = [list(row) for row in believed]
    for vector, weight in weighted:
        for part, level in enumerate(vector):
            if level != MISSING:
                counts[part][level] += weight
    return [[one / sum(row) for one in row] for row in counts]


def _maximised(believed: Odds, pairs: Mapping[Vector, int], u: Odds) -> tuple[Odds, float]:
    """The odds among pairs of one person, and how many of the pairs these are."""
    m: Odds = [[one * 2.0**-level for level, one in enumerate(row)] for row in believed]
    m = [[one / sum(row) for one in row] for row in m]
    flat: Odds = [[_SMOOTH] * len(row) for row in believed]
    other, share, total = u, _FIRST_SHARE, sum(pairs.values())
    for _ in range(_ROUNDS if pairs else 0):
        mine: list[tuple[Vector, float]] = []
        others: list[tuple[Vector, float]] = []
        for vector, count in pairs.items():
            chance = _probability(vector, m, other, share)
            mine.append((vector, count * chance))
            others.append((vector, count * (1 - chance)))
        m, other = _odds(believed, mine), _odds(flat, others)
        share = min(max(sum(weight for _, weight in mine) / total, 1e-6), 1 - 1e-6)
    return m, share * total


def _probability(vector: Vector, m: Odds, u: Odds, share: float) -> float:
    odds = share / (1 - share)
    for part, level in enumerate(vector):
        if level != MISSING:
            odds *= m[part][level] / u[part][level]
    return odds / (1 + odds)


def _with_odds(comparisons: Iterable[Comparison], m: Odds, u: Odds) -> tuple[Comparison, ...]:
    rows = iter(zip(m, u, strict=True))
    made: list[Comparison] = []
    for one in comparisons:
        odds: dict[str, tuple[LevelOdds, ...]] = {}
        for name in one.kind.parts:
            ms, us = next(rows)
            odds[name] = tuple(LevelOdds(a, b) for a, b in zip(ms, us, strict=True))
        made.append(one if one.is_weightless else replace(one, odds=odds))
    return tuple(made)


def _counted(comparison: Comparison, place: int, records: Iterable[Forms]) -> Comparison:
    """With the frequencies of its terms, the rare ones left out."""
    if comparison.is_weightless:
        return comparison
    kind = comparison.kind
    counts: list[Counter[str]] = [Counter() for _ in kind.parts]
    forms: list[Form] = [record[place] for record in records if record[place] is not None]
    for form in forms:
        for counter, terms in zip(counts, kind.terms(form), strict=True):
            counter.update(terms)
    found = {
        name: Frequencies(
            len(forms), {term_hash(term): n for term, n in counter.items() if n >= _RARE}
        )
        for name, counter in zip(kind.parts, counts, strict=True)
    }
    return replace(comparison, frequencies=found)
