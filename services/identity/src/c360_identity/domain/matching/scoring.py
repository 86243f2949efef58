"""What a pair of records is worth as evidence that they are one person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log2
from typing import NamedTuple

from c360_identity.domain.matching.adding import Adding, Told, once
from c360_identity.domain.matching.kind import MISSING, Form, Kind, Level
from c360_identity.domain.matching.model import Comparison, Frequencies, LevelOdds, Model

Forms = tuple[Form | None, ...]
"""Of a record what each comparison of a model compares."""


class ScorePart(NamedTuple):
    """What one thing compared says: its level, in words, and the bits that it is worth.

    `of` names the comparison; "" of the prior.
    """

    name: str
    level: str
    bits: float
    of: str = ""


class Score(NamedTuple):
    """The bits in favour of one person, and what they are made of (the prior included).

    Of parts that say one thing not all count; see `once`.
    """

    bits: float
    parts: tuple[ScorePart, ...]


_REMEMBERED = 1 << 12
_APART = -3.5
_MOST_IN_COMMON = 3.0


class _Part(NamedTuple):
    """What one thing compared tells. `bits` are those of its levels, and at last of `MISSING`."""

    name: str
    is_shared: bool
    levels: Sequence[str]
    bits: Sequence[float]
    odds: Sequence[LevelOdds]
    frequencies: Frequencies

    def worth(self, level: Level) -> float:
        """The bits of a level; a common term is worth less than a rare one."""
        number, term = level
        chance = self.frequencies.chance(term) if term and self.frequencies.forms else None
        return self.bits[number] if chance is None else log2(self.odds[number].m / chance)

    @property
    def most(self) -> float:
        """No level is worth more, whatever the term."""
        rarest = self.frequencies.rarest
        terms = [] if rarest is None else [log2(one.m / rarest) for one in self.odds]
        return max(*self.bits, *terms)


class Compared(NamedTuple):
    """What is compared at one place of forms, how, and what the result tells.

    `worths` tells the bits of each part of two forms.
    """

    place: int
    kind: Kind
    parts: Sequence[_Part]
    worths: Callable[[Form, Form], Sequence[float]]

    @property
    def most(self) -> float:
        """The most that all parts may be worth."""
        return sum(part.most for part in self.parts)


class Scorer:
    """Scores by a model. Pure: equal forms have equal scores."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.adding = Adding(model)
        self.compared = self._compared = [
            _compared(place, one) for place, one in enumerate(model.comparisons)
        ]
        personal = {place for place, one in enumerate(model.comparisons) if one.personal}
        self._personal = [one for one in self._compared if one[0] in personal]
        self._named = {one.place for one in self._compared if one.kind.is_shared_by_chance}

    def bits(self, one: Forms, other: Forms) -> float:
        """The bits alone."""
        return self.adding.total(_told(self._compared, one, other))

    def is_evidence(self, one: Forms, other: Forms, bits: float) -> bool:
        """Whether so many bits are evidence that the two are one person."""
        return (
            bits >= self.model.accept
            and self.is_founded(_told(self._compared, one, other))
            and not self.are_apart(one, other)
        )

    def is_founded(self, told: Iterable[Told]) -> bool:
        """Whether something beside the name is in favour: the rarest name has namesakes."""
        second, named = self.model.second, self._named
        if not second:
            return True
        beside = self.adding.things(one for one in told if one[0] not in named)
        return any(bits >= second for bits in beside)

    def are_apart(self, one: Forms, other: Forms) -> bool:
        """Whether what tells people of one household apart says that these are two.

        What they have in common counts little against it: a household has names in common, too.
        """
        return self.are_two(self.personal(one), self.personal(other))

    def are_two(self, one: Forms, other: Forms) -> bool:
        """As `are_apart`, by what `personal` gives of each."""
        return _are_apart(
            [
                (compared.parts, compared.worths(a, b))
                for compared, a, b in zip(self._personal, one, other, strict=True)
                if a is not None and b is not None
            ]
        )

    def tells_apart(self, told: Iterable[Told]) -> bool:
        """As `are_apart`, by all that is told of the two."""
        bits_of = dict(told)
        return _are_apart(
            [(one.parts, bits_of[one.place]) for one in self._personal if one.place in bits_of]
        )

    def personal(self, forms: Forms) -> Forms:
        """All that `are_apart` looks at."""
        return tuple([forms[one.place] for one in self._personal])

    def row(self, one: Forms, other: Forms) -> list[float | None]:
        """The bits of each thing, None where one of the two says nothing."""
        told: list[float | None] = []
        groups = self.adding.group_of
        together: list[list[float]] = [[] for _ in self.model.dependent]
        for place, kind, parts, _ in self._compared:
            a, b = one[place], other[place]
            if a is None or b is None:
                bits: list[float | None] = [None] * len(parts)
            else:
                levels = zip(parts, kind.compare(a, b), strict=True)
                bits = [None if x.number == MISSING else part.worth(x) for part, x in levels]
            if place in groups:
                together[groups[place]] += [one for one in bits if one is not None]
            else:
                told += bits
        return [*told, *(once(bits) if bits else None for bits in together)]

    def score(self, one: Forms, other: Forms) -> Score:
        """The bits and what they are made of, each part for itself, however the parts add up."""
        told = [ScorePart("prior", "", self.model.prior)]
        for place, kind, parts, _ in self._compared:
            a, b = one[place], other[place]
            if a is not None and b is not None:
                for part, level in zip(parts, kind.compare(a, b), strict=True):
                    if level.number != MISSING:
                        words = part.levels[level.number]
                        of = self.model.comparisons[place].name
                        told.append(ScorePart(part.name, words, part.worth(level), of))
        return Score(self.bits(one, other), tuple(told))


def _are_apart(told: Iterable[tuple[Sequence[_Part], Sequence[float]]]) -> bool:
    against, common = 0.0, 0.0
    for parts, worths in told:
        for part, worth in zip(parts, worths, strict=True):
            if worth < 0:
                against += worth
            elif not part.is_shared:
                common += worth
    return against + min(common, _MOST_IN_COMMON) <= _APART


def _told(compared: Iterable[Compared], one: Forms, other: Forms) -> list[Told]:
    """What these comparisons tell of two records, in their order."""
    found: list[Told] = []
    for place, _, _, worths in compared:
        a, b = one[place], other[place]
        if a is not None and b is not None:
            found.append((place, worths(a, b)))
    return found


def _compared(place: int, comparison: Comparison) -> Compared:
    kind, parts = comparison.kind, _parts(comparison)
    worths = _worths(kind, parts)
    # Names and places are met again, papers and mailboxes seldom.
    remembering = lru_cache(_REMEMBERED)(worths) if kind.recurs else worths
    return Compared(place, kind, parts, remembering)


def _worths(kind: Kind, parts: Sequence[_Part]) -> Callable[[Form, Form], Sequence[float]]:
    if len(parts) > 1 or parts[0].frequencies.forms:
        compare = kind.compare
        return lambda one, other: [
            part.worth(level) for part, level in zip(parts, compare(one, other), strict=True)
        ]
    # The last is that of `MISSING`.
    number, by_number = kind.number, [(bits,) for bits in parts[0].bits]
    return lambda one, other: by_number[number(one, other)]


def _parts(comparison: Comparison) -> list[_Part]:
    made: list[_Part] = []
    for name, levels in comparison.kind.parts.items():
        odds = comparison.odds[name]
        bits = [*(log2(one.m / one.u) for one in odds), 0.0]
        frequencies = comparison.frequencies.get(name, Frequencies())
        is_shared = name in comparison.kind.shared
        made.append(_Part(name or comparison.name, is_shared, levels, bits, odds, frequencies))
    return made
