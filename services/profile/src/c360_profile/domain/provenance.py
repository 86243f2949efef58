"""Where golden traits come from, and what lost against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from itertools import chain, groupby, tee
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias, overload

from c360_kernel.corrections import STEWARD
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.survivorship import Candidate, Trusting, Weight, is_empty
from typing_extensions import override

from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.losing import Loss, Lost, losers
from c360_profile.domain.revision import Said

_Weighed: TypeAlias = tuple[Weight, Mapping[str, TraitValue]]
_age = attrgetter("observed_at", "number")
"""Who is newer, as far as that tells."""
_STEWARDS = f"{STEWARD}/"


class Provenance(NamedTuple):
    """Why a trait has its value: the record it came from, when (ms UTC), and by which rule.

    The rule is the trait's, or `CORRECTION`.
    """

    trait: str
    record: RecordKey
    observed_at: int
    rule: str


class _Newest:
    """What records weigh and say, newest first, oldest first or by trust.

    A customer may have very many records, of which most rules look at a few: what one weighs is
    found as it is read, once for all who read it.
    """

    def __init__(self, rules: GoldenRules, said: Iterable[Said]) -> None:
        newest = sorted(said, key=_age, reverse=True)
        (self._newest,) = tee(_newest_first(rules, newest), 1)
        (self._oldest,) = tee(_oldest_first(rules, newest), 1)
        (self._trusted,) = tee(_most_trusted_first(rules, newest), 1)

    def __iter__(self) -> Iterator[_Weighed]:
        return copy(self._newest)

    def __reversed__(self) -> Iterator[_Weighed]:
        return copy(self._oldest)

    @property
    def by_trust(self) -> Iterator[_Weighed]:
        """Those of whom is trusted most first, of equally trusted ones the newest."""
        return copy(self._trusted)


def _newest_first(rules: GoldenRules, by_age: Iterable[Said]) -> Iterator[_Weighed]:
    for _, equals in groupby(by_age, _age):
        yield from _in_order(rules, equals)


def _oldest_first(rules: GoldenRules, newest: Sequence[Said]) -> Iterator[_Weighed]:
    for _, equals in groupby(reversed(newest), _age):
        yield from reversed(_in_order(rules, equals))


def _most_trusted_first(rules: GoldenRules, newest: Sequence[Said]) -> Iterator[_Weighed]:
    by_trust = sorted(newest, key=lambda one: rules.priority(one.source))
    for _, equals in groupby(by_trust, lambda one: rules.priority(one.source)):
        yield from _newest_first(rules, equals)


def _in_order(rules: GoldenRules, of_one_age: Iterable[Said]) -> list[_Weighed]:
    weighed = [(rules.weight(RecordKey.parse(one.record), one), one.traits) for one in of_one_age]
    return sorted(weighed, key=itemgetter(0), reverse=True)


class _Told(Trusting):
    """What records say of one trait, newest first, made as it is read.

    A customer may have very many, of which most rules look at a few.
    """

    def __init__(self, trait: str, newest: _Newest, length: int) -> None:
        self._trait = trait
        self._newest = newest
        self._length = length

    @override
    def __iter__(self) -> Iterator[Candidate]:
        return self._among(self._newest)

    @override
    def most_trusted_first(self) -> Iterator[Candidate]:
        return self._among(self._newest.by_trust)

    @override
    def __reversed__(self) -> Iterator[Candidate]:
        return self._among(reversed(self._newest))

    @override
    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...
    @override
    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        return list(self)[index]

    def _among(self, weighed: Iterable[_Weighed]) -> Iterator[Candidate]:
        trait = self._trait
        return (Candidate(said[trait], weight) for weight, said in weighed if trait in said)


class Contest:
    """What the records of a customer say of each trait, newest first, to be judged by rules."""

    def __init__(self, rules: GoldenRules, said: Collection[Said]) -> None:
        """Between what these live records say, whatever their order."""
        self.rules = rules
        newest = _Newest(rules, said)
        told = Counter(chain.from_iterable(one.traits for one in said))
        known = sorted(told.keys() & rules.catalog.traits.keys())
        self.told: Mapping[str, Sequence[Candidate]] = {
            name: _Told(name, newest, told[name]) for name in known
        }
        is_corrected = any(one.record.startswith(_STEWARDS) for one in said)
        self._choose = rules.given if is_corrected else rules.by_rule
        self._given: dict[str, tuple[str, list[Candidate]]] = {}

    def given(self, trait: str) -> tuple[str, list[Candidate]]:
        """As `GoldenRules.given`, found once."""
        if trait not in self._given:
            self._given[trait] = self._choose(trait, self.told[trait])
        return self._given[trait]

    def provenance(self) -> Iterator[Provenance]:
        """Where the golden traits come from, by trait; of a union every record, newest first."""
        for name in self.told:
            rule, given = self.given(name)
            for one in given:
                if not is_empty(one.value):
                    yield Provenance(name, one.weight.record, one.weight.observed_at, rule)

    def lost(self, trait: str) -> Iterator[Lost]:
        """Whoever says something of a trait and gives nothing to its value, newest first.

        What loses is read as it is asked for, where no rule has to compare all values.
        """
        told = self.told.get(trait)
        if told is None:
            return iter(())
        kind = self.rules.catalog.traits[trait]
        winners = self.given(trait)[1]
        read = partial(self.rules.read, kind)
        return losers(kind.survivorship, told, read, why_missing, winners)


def why_missing(candidate: Candidate) -> Loss:
    """Why what a record says counts as nothing."""
    if not candidate.weight.votes:
        return "untrusted"
    value = candidate.value
    is_blank = is_empty(value) or (isinstance(value, str) and value.isspace())
    return "empty" if is_blank else "invalid"
