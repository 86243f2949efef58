"""Condition trees: pure evaluation over a customer's traits and event counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.record import TraitValue

from c360_segment.domain.operators import OPERATORS, OperatorName, Wanted

_HASH_DIGITS = 12


class Facts(NamedTuple):
    """All a condition may look at: golden traits, and events counted per `EventPattern.name`."""

    traits: Mapping[str, TraitValue]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ValueTest:
    """One operator applied to the value under `name` of a mapping of traits or properties."""

    name: str
    op: OperatorName
    wanted: Wanted

    def accepts(self, values: Mapping[str, TraitValue]) -> bool:
        """Whether the value there (or its absence) passes."""
        return OPERATORS[self.op](values.get(self.name), self.wanted)


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
        return event == self.event and all(test.accepts(properties) for test in self.where)


def _canonical(test: ValueTest) -> str:
    return json.dumps([test.name, test.op, test.wanted], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class TraitTest:
    """A test on a golden trait."""

    test: ValueTest

    def holds(self, facts: Facts) -> bool:
        """Whether the trait passes."""
        return self.test.accepts(facts.traits)

    def reasons(self, facts: Facts) -> Iterator[str]:
        """The trait and the operator, never the value."""
        verdict = "holds" if self.holds(facts) else "fails"
        yield f"{self.test.name} {self.test.op} {verdict}"


@dataclass(frozen=True, slots=True)
class EventCount:
    """How often a pattern was seen on the customer's records: within [at_least, at_most]."""

    pattern: EventPattern
    at_least: int
    at_most: int | None

    def holds(self, facts: Facts) -> bool:
        """Whether the count lies within the bounds."""
        count = facts.counts.get(self.pattern.name, 0)
        return count >= self.at_least and (self.at_most is None or count <= self.at_most)

    def reasons(self, facts: Facts) -> Iterator[str]:
        """The event and how many were counted."""
        yield f"{self.pattern.event} counted {facts.counts.get(self.pattern.name, 0)}"


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; of nothing, always."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether every part holds."""
        return all(part.holds(facts) for part in self.parts)

    def reasons(self, facts: Facts) -> Iterator[str]:
        """All parts when it holds, else the first that fails."""
        failing = next((part for part in self.parts if not part.holds(facts)), None)
        for part in self.parts if failing is None else (failing,):
            yield from part.reasons(facts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when some part holds; of nothing, never."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether some part holds."""
        return any(part.holds(facts) for part in self.parts)

    def reasons(self, facts: Facts) -> Iterator[str]:
        """The first part that holds, or all when none does."""
        holding = next((part for part in self.parts if part.holds(facts)), None)
        for part in self.parts if holding is None else (holding,):
            yield from part.reasons(facts)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition

    def holds(self, facts: Facts) -> bool:
        """Whether the part fails."""
        return not self.part.holds(facts)

    def reasons(self, facts: Facts) -> Iterator[str]:
        """Why the part holds or fails."""
        yield from self.part.reasons(facts)


Condition = TraitTest | EventCount | All | AnyOf | Not


def patterns_of(condition: Condition) -> Iterator[EventPattern]:
    """Every event pattern the condition counts."""
    match condition:
        case EventCount(pattern):
            yield pattern
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from patterns_of(part)
        case Not(part):
            yield from patterns_of(part)
        case TraitTest():
            return
