"""The leaves of segments' conditions: tests of golden traits, and counts of events."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from c360_kernel.conditions import tree
from c360_kernel.conditions.plain import plain_test
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue

_HASH_DIGITS = 12


class Facts(NamedTuple):
    """All a condition may look at: golden traits, and events counted per `EventPattern.name`."""

    traits: Mapping[str, TraitValue]
    counts: Mapping[str, int]


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
    """A test on a golden trait."""

    test: ValueTest

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


Leaf: TypeAlias = TraitTest | EventCount
Condition: TypeAlias = tree.Condition[Leaf]


def patterns_of(condition: Condition) -> Iterator[EventPattern]:
    """Every event pattern the condition counts."""
    return (leaf.pattern for leaf in tree.leaves(condition) if isinstance(leaf, EventCount))
