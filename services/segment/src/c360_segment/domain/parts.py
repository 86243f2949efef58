"""What of all segments a change can affect.

A condition that reads nothing of what changed holds, or does not, as before: it is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.conditions.tree import leaves

from c360_segment.domain.branches import Branch
from c360_segment.domain.changes import LINKS
from c360_segment.domain.compiled import Compiler, Look, Test
from c360_segment.domain.leaves import (
    Condition,
    Drawn,
    EventCount,
    Facts,
    Leaf,
    Over,
    Timed,
    TraitTest,
    timed_leaves,
)
from c360_segment.domain.past import PAST
from c360_segment.domain.reasons import reason_of
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.held import Held, PastLeaf, Valued
from c360_segment.domain.wording import canonical_text

_REMEMBERED = 512
"""Kinds of changes whose parts are remembered: of many segments each is some 100 KB."""


class Reads(NamedTuple):
    """What conditions look at: names of events, those of them whose times they look at, names of
    traits and facts, and whether they change while nothing happens."""

    events: frozenset[str] = frozenset()
    over_time: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()
    waits: bool = False

    def meets(self, other: Reads) -> bool:
        """Whether something is in both."""
        is_common = not (
            self.events.isdisjoint(other.events) and self.traits.isdisjoint(other.traits)
        )
        return is_common or (self.waits and other.waits)


class Asked(NamedTuple):
    """A condition as tests that all have to hold, the segments that have it, and what it reads."""

    segments: tuple[str, ...]
    tests: tuple[Test, ...]
    reads: Reads


class Part(NamedTuple):
    """Some conditions, the segments that have them (None: there are no others), the clocks that run
    with them, and the events whose times they look at.

    `is_exact`: the next moment that its clocks tell is that of all; `acts`: it looks at links to
    accounts; `recalls`: at what was known of a customer before.
    """

    conditions: Branch
    among: frozenset[str] | None
    clocks: tuple[Timed, ...]
    events: frozenset[str]
    is_exact: bool
    acts: bool
    recalls: bool

    def holding(self, look: Look) -> frozenset[str]:
        """Which of its segments' conditions hold."""
        return frozenset(self.conditions.holding(look))

    def next_change(self, facts: Facts) -> int | None:
        """When (ms UTC) one of them may change by itself, at the earliest; None if none does."""
        moments = (clock.changes_at(facts) for clock in self.clocks)
        return min((moment for moment in moments if moment is not None), default=None)


class Parts:
    """The parts of these segments, each found once. `whole` is all of them, `reasons` tell why the
    condition of each holds or fails."""

    def __init__(self, conditions: Mapping[str, Condition]) -> None:
        compiler = Compiler()
        self._asked = tuple(_asked(conditions, compiler))
        self.reasons = {name: reason_of(one, compiler) for name, one in conditions.items()}
        timed = (leaf.clock for one in conditions.values() for leaf in timed_leaves(one))
        self._clocks = {clock: reads_of(clock) for clock in dict.fromkeys(timed)}
        self.whole = self._part(lambda _: True, is_exact=True)._replace(among=None)
        self._read = _of_all(one.reads for one in self._asked)
        self._remembered: Callable[[Reads], Part] = lru_cache(_REMEMBERED)(self._affected)

    def affected(self, changed: Reads) -> Part:
        """The part of these that a change can affect."""
        events, traits = changed.events & self._read.events, changed.traits & self._read.traits
        return self._remembered(Reads(events, traits=traits, waits=changed.waits))

    def _affected(self, changed: Reads) -> Part:
        return self._part(changed.meets, is_exact=changed.waits)

    def _part(self, meets: Callable[[Reads], bool], *, is_exact: bool) -> Part:
        asked = tuple(one for one in self._asked if meets(one.reads))
        conditions = Branch()
        for one in asked:
            conditions.grow(one.tests, one.segments)
        return Part(
            conditions,
            frozenset(name for one in asked for name in one.segments),
            tuple(clock for clock, reads in self._clocks.items() if meets(reads)),
            frozenset[str]().union(*(one.reads.over_time for one in asked)),
            is_exact,
            any(LINKS in one.reads.traits for one in asked),
            any(PAST in one.reads.traits for one in asked),
        )


def reads_of(condition: Condition) -> Reads:
    """What a condition looks at."""
    return _of_all(_leaf_reads(leaf) for leaf in leaves(condition))


def _of_all(reads: Iterable[Reads]) -> Reads:
    found, none = list(reads), frozenset[str]()
    return Reads(
        none.union(*(one.events for one in found)),
        none.union(*(one.over_time for one in found)),
        none.union(*(one.traits for one in found)),
        any(one.waits for one in found),
    )


def _leaf_reads(leaf: Leaf) -> Reads:
    match leaf:
        case TraitTest(test, by):
            return Reads(traits=frozenset({by or test.name}))
        case EventCount(pattern):
            return Reads(events=frozenset({pattern.event}))
        case Timed(over):
            events = frozenset(one.event for one in over.happenings)
            return Reads(events, events, frozenset(_facts_of(over)), waits=True)
        case Drawn():
            return Reads()


def _facts_of(over: Over | PastLeaf) -> Iterator[str]:
    match over:
        case RelativeDate(trait, by=by):
            yield by or trait
        case Acting():
            yield LINKS
        case Valued(test):
            yield test.name
        case Held(inner):
            read = {name for leaf in leaves(inner) for name in _facts_of(leaf)}
            yield from (read | {PAST} if read - {LINKS} else read)
        case _:
            return


def _asked(conditions: Mapping[str, Condition], compiler: Compiler) -> Iterator[Asked]:
    named: dict[str, list[str]] = {}
    for name, condition in conditions.items():
        named.setdefault(canonical_text(condition), []).append(name)
    for names in named.values():
        condition = conditions[names[0]]
        yield Asked(tuple(names), compiler.all_of(condition), reads_of(condition))
