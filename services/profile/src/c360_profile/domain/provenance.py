"""Where golden traits come from, and what lost against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from c360_kernel.record import RecordKey
from c360_kernel.survivorship import Candidate, is_empty

from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.losing import Loss, Lost, losers
from c360_profile.domain.revision import Revision


class Provenance(NamedTuple):
    """Why a trait has its value: the record it came from, when (ms UTC), and by which rule.

    The rule is the trait's, or `CORRECTION`.
    """

    trait: str
    record: RecordKey
    observed_at: int
    rule: str


@dataclass(frozen=True, slots=True)
class Contest:
    """What the records of a customer say of each trait, newest first, to be judged by rules."""

    rules: GoldenRules
    told: Mapping[str, Sequence[Candidate]]

    @classmethod
    def of(cls, rules: GoldenRules, records: Iterable[tuple[RecordKey, Revision]]) -> Contest:
        """Between these live records, whatever their order."""
        return cls(rules, rules.told(records))

    def provenance(self) -> Iterator[Provenance]:
        """Where the golden traits come from, by trait; of a union every record, newest first."""
        for name, told in sorted(self.told.items()):
            rule, given = self.rules.given(name, told)
            for one in given:
                if not is_empty(one.value):
                    yield Provenance(name, one.weight.record, one.weight.observed_at, rule)

    def lost(self, trait: str) -> Iterator[Lost]:
        """Whoever says something of a trait and gives nothing to its value, newest first.

        What loses is read as it is asked for, where no rule has to compare all values.
        """
        told = self.told.get(trait, ())
        if not told:
            return iter(())
        kind = self.rules.catalog.traits[trait]
        winners = self.rules.given(trait, told)[1]
        read = partial(self.rules.read, kind)
        return losers(kind.survivorship, told, read, why_missing, winners)


def why_missing(candidate: Candidate) -> Loss:
    """Why what a record says counts as nothing."""
    if not candidate.weight.votes:
        return "untrusted"
    value = candidate.value
    is_blank = is_empty(value) or (isinstance(value, str) and value.isspace())
    return "empty" if is_blank else "invalid"
