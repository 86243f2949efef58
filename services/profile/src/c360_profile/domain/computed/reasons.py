"""Why a computed trait is what it is: its window, and when it is another one by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from c360_kernel.calendar_spans import Span
from c360_kernel.computing.windows import changes_at, span_of
from c360_kernel.conditions.tree import All, ValueCondition, ValueTest

from c360_profile.domain.computed.batch import present_of, seen_by, spending_seen
from c360_profile.domain.computed.quintiles import Ranking
from c360_profile.domain.computed.rules import ComputedRules, Computing
from c360_profile.domain.event import Event


class Reason(NamedTuple):
    """A computed trait, the window that it looks at, and when that holds something else (ms UTC).

    `changes_at` is None of a trait that changes only when something happens. Of a quintile it is
    when it is another one; `ranking` is where it begins and ends, None where no model says so.
    """

    computing: Computing
    span: Span
    changes_at: int | None
    ranking: Ranking | None = None

    @property
    def having(self) -> ValueCondition | None:
        """Which events count, by their properties; None: all of the trait's names."""
        picker = self.computing.picker
        looks = picker.looks_at and picker.otherwise is None
        exists = (ValueTest(picker.looks_at, "exists"),) if looks else ()
        condition = (picker.condition,) if picker.condition is not None else ()
        return All((*condition, *exists)) if condition or exists else None


def reasons(rules: ComputedRules, events: Sequence[Event], tick: int) -> Iterator[Reason]:
    """Of every computed trait, of somebody with these events after a tick."""
    present = present_of(rules, events, tick)
    for computing in rules.by_name.values():
        span = span_of(computing.trait, present)
        if computing.trait.of is not None:
            yield _of_quintile(rules, computing, events, present)
        else:
            yield Reason(computing, span, _changes_at(computing, span, events))


def _of_quintile(
    rules: ComputedRules, computing: Computing, events: Sequence[Event], present: int
) -> Reason:
    trait = computing.trait
    cuts, span = rules.cuts.get(trait.name), span_of(trait, present)
    if cuts is None:
        return Reason(computing, span, None)
    ranking = Ranking(trait, cuts)
    spending = spending_seen(seen_by(computing, events))
    return Reason(computing, span, ranking.changes_at(spending, present), ranking)


def _changes_at(computing: Computing, span: Span, events: Sequence[Event]) -> int | None:
    trait = computing.trait
    if not trait.is_windowed:
        return None
    since = span.since or 0
    moments = [one.at for one in seen_by(computing, events) if one.at >= since]
    return changes_at(trait, span, min(moments)) if moments else None
