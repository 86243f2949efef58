"""The leaves of segments' conditions: tests of golden traits, counts of events, and what looks at
when things happened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from c360_kernel.accounts.links import Link
from c360_kernel.conditions import tree
from c360_kernel.conditions.plain import plain_test
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import RecordKey, TraitValue

from c360_segment.domain.drawn import Draw
from c360_segment.domain.past import Was
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.happenings import Happened, Moment
from c360_segment.domain.timed.held import Held
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered

_HASH_DIGITS = 12
_NOTHING: Mapping[str, Sequence[Happened]] = {}
_NO_ACCOUNTS: Mapping[RecordKey, Mapping[str, TraitValue]] = {}


class _Facts(NamedTuple):
    traits: Mapping[str, TraitValue]
    counts: Mapping[str, int]
    events: Mapping[str, Sequence[Happened]] = _NOTHING
    now: int = 0
    customer: str = ""
    links: Sequence[Link] = ()
    accounts: Mapping[RecordKey, Mapping[str, TraitValue]] = _NO_ACCOUNTS
    past: Sequence[Was] = ()


class Facts(_Facts):
    """All a condition may look at: golden traits and facts, events counted per
    `EventPattern.name`, of what is watched the events themselves, the present (ms UTC), who
    it is, its links to accounts, of whatever time, the traits of these accounts by the record that
    a link names, and what was known of it before, earliest first, where it was asked for."""

    @cached_property
    def moment(self) -> Moment:
        """What conditions over time look at."""
        own = self.now, self.traits, self.events, self.customer, self.links
        return Moment(*own, accounts=self.accounts, past=self.past)


@dataclass(frozen=True, slots=True)
class EventPattern:
    """Which events are counted: a name and tests on properties, all of which must pass.

    Equal patterns of different segments share one counter, told apart by `name`.
    """

    event: str
    where: tuple[ValueTest, ...]
    name: str

    @classmethod
    def of(cls, event: str, where: tuple[ValueTest, ...]) -> EventPattern:
        """The pattern, its tests in canonical order and its name derived from both."""
        ordered = tuple(sorted(set(where), key=_canonical))
        if not ordered:
            return cls(event, (), event)
        text = json.dumps([_canonical(test) for test in ordered])
        return cls(
            event, ordered, f"{event}#{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"
        )

    def matches(self, event: str, properties: Mapping[str, TraitValue]) -> bool:
        """Whether an event is counted."""
        return event == self.event and all(test.holds(properties) for test in self.where)


def _canonical(test: ValueTest) -> str:
    # Counters are kept under names made of this text.
    return json.dumps(plain_test(test), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class TraitTest:
    """A test on a golden trait, or on a fact under its own name.

    Of what is known of the object that a trait refers to it is, too; `by` is that trait then.
    """

    test: ValueTest
    by: str = ""

    def holds(self, facts: Facts, /) -> bool:
        """Whether the trait passes."""
        return self.test.holds(facts.traits)


@dataclass(frozen=True, slots=True)
class EventCount:
    """How often a pattern was seen on the customer's records: within [at_least, at_most]."""

    pattern: EventPattern
    at_least: int
    at_most: int | None

    def holds(self, facts: Facts, /) -> bool:
        """Whether the count lies within the bounds."""
        count = facts.counts.get(self.pattern.name, 0)
        return count >= self.at_least and (self.at_most is None or count <= self.at_most)


Over: TypeAlias = Measured | Ordered | Regular | RelativeDate | Held | Acting


@dataclass(frozen=True, slots=True)
class Timed:
    """A leaf that changes while nothing happens."""

    over: Over

    def holds(self, facts: Facts, /) -> bool:
        """Whether it is so at the present."""
        return self.over.holds(facts.moment)

    @property
    def clock(self) -> Timed:
        """What changes by itself at the same moments, shared by as many leaves as may be."""
        return Timed(self.over.clock) if isinstance(self.over, Measured) else self

    def changes_at(self, facts: Facts) -> int | None:
        """The next moment (ms UTC) at which that may be another by itself; None if never."""
        return self.over.changes_at(facts.moment)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Who is drawn by lot, once and for ever."""

    lot: Draw

    def holds(self, facts: Facts, /) -> bool:
        """Whether the customer is."""
        return self.lot.draws(facts.customer)


Leaf: TypeAlias = TraitTest | EventCount | Timed | Drawn
Condition: TypeAlias = tree.Condition[Leaf]


def patterns_of(condition: Condition) -> Iterator[EventPattern]:
    """Every event pattern the condition counts."""
    return (leaf.pattern for leaf in tree.leaves(condition) if isinstance(leaf, EventCount))


def timed_leaves(condition: Condition) -> Iterator[Timed]:
    """The leaves that change while nothing happens."""
    return (leaf for leaf in tree.leaves(condition) if isinstance(leaf, Timed))
