"""Where golden traits come from, and what lost against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple, TypeAlias, overload

from c360_kernel.corrections import STEWARD
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.survivorship import Candidate, Trusting, Weight, is_empty
from typing_extensions import override

from c360_profile.domain.golden import GoldenRules, Saying
from c360_profile.domain.losing import Loss, Lost, losers

_Weighed: TypeAlias = tuple[Weight, Mapping[str, TraitValue]]


class Provenance(NamedTuple):
    """Why a trait has its value: the record it came from, when (ms UTC), and by which rule.

    The rule is the trait's, or `CORRECTION`.
    """

    trait: str
    record: RecordKey
    observed_at: int
    rule: str


class _Newest:
    """What records weigh and say, newest first, and by trust where that is asked for."""

    def __init__(self, weighed: Sequence[_Weighed]) -> None:
        self.weighed = weighed

    @cached_property
    def by_trust(self) -> Sequence[_Weighed]:
        return sorted(self.weighed, key=lambda one: one[0].trust, reverse=True)


class _Told(Trusting):
    """What records say of one trait, newest first, made as it is read.

    A customer may have very many, of which most rules look at a few.
    """

    def __init__(self, trait: str, newest: _Newest) -> None:
        self._trait = trait
        self._newest = newest

    @override
    def __iter__(self) -> Iterator[Candidate]:
        return self._among(self._newest.weighed)

    @override
    def most_trusted_first(self) -> Iterator[Candidate]:
        return self._among(self._newest.by_trust)

    @override
    def __reversed__(self) -> Iterator[Candidate]:
        return self._among(reversed(self._newest.weighed))

    @override
    def __len__(self) -> int:
        return sum(self._trait in said for _, said in self._newest.weighed)

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

    def __init__(self, rules: GoldenRules, newest_first: Sequence[_Weighed]) -> None:
        self.rules = rules
        newest = _Newest(newest_first)
        names = set[str]().union(*(said for _, said in newest_first))
        known = sorted(names & rules.catalog.traits.keys())
        self.told: Mapping[str, Sequence[Candidate]] = {name: _Told(name, newest) for name in known}
        is_corrected = any(weight.record.source == STEWARD for weight, _ in newest_first)
        self._choose = rules.given if is_corrected else rules.by_rule
        self._given: dict[str, tuple[str, list[Candidate]]] = {}

    @classmethod
    def of(cls, rules: GoldenRules, records: Iterable[tuple[RecordKey, Saying]]) -> Contest:
        """Between these live records, whatever their order."""
        return cls(rules, rules.weighed(records))

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
