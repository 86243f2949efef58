"""Conditions as functions: what is equal in several of them is found once for a customer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeAlias

from c360_kernel.conditions.tree import All, AnyOf, Not, ValueTest, leaves

from c360_segment.domain.leaves import Condition, Drawn, EventCount, Facts, Leaf, Timed, TraitTest
from c360_segment.domain.quick import quick
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.wording import canonical_text


class Look:
    """What is found of a customer at one moment: each part of a condition, and the events in each
    window, once it is asked for."""

    __slots__ = ("facts", "met", "within")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.met: dict[int, bool] = {}
        self.within: dict[int, Sequence[Happened]] = {}


Test: TypeAlias = Callable[[Look], bool]


class Compiler:
    """Makes functions of conditions. Parts and windows that are equal are one in all of them."""

    def __init__(self) -> None:
        self._tests: dict[str, Test] = {}
        self._windows: dict[str, int] = {}

    def all_of(self, condition: Condition) -> tuple[Test, ...]:
        """What has to hold for the condition to hold; what costs little first."""
        parts = condition.parts if isinstance(condition, All) else (condition,)
        return tuple(self.test(part) for part in sorted(parts, key=_cost))

    def test(self, condition: Condition) -> Test:
        """What answers the condition."""
        name = canonical_text(condition)
        found = self._tests.get(name)
        if found is None:
            # Its parts first: each has a number that no other has.
            asked = self._asked(condition)
            if not _is_measured(condition):
                asked = _once(len(self._tests), asked)
            found = self._tests[name] = asked
        return found

    def _asked(self, condition: Condition) -> Test:
        match condition:
            case All():
                return _every(self.all_of(condition))
            case AnyOf(parts):
                return _some(tuple(self.test(part) for part in sorted(parts, key=_cost)))
            case Not(part):
                return _not(self.test(part))
            case TraitTest(test):
                return _of_value(test)
            case Timed(Measured() as over):
                return self._measured(over)
            case _:
                return _held(condition)

    def _measured(self, over: Measured) -> Test:
        place = self._windows.setdefault(json.dumps(over.clock.plain), len(self._windows))
        is_met_by = over.asked()

        def holds(look: Look) -> bool:
            within = look.within.get(place)
            if within is None:
                within = look.within[place] = over.within(look.facts.moment)
            return is_met_by(within)

        return holds


def _is_measured(condition: Condition) -> bool:
    """Whether to look up what was found would cost as much as to find it from its window."""
    return isinstance(condition, Timed) and isinstance(condition.over, Measured)


def _held(leaf: Leaf) -> Test:
    return lambda look: leaf.holds(look.facts)


def _of_value(test: ValueTest) -> Test:
    asked = quick(test)
    return lambda look: asked(look.facts.traits)


def _once(number: int, test: Test) -> Test:
    def holds(look: Look) -> bool:
        met = look.met.get(number)
        if met is None:
            met = look.met[number] = bool(test(look))
        return met

    return holds


def _every(tests: tuple[Test, ...]) -> Test:
    return lambda look: all(test(look) for test in tests)


def _some(tests: tuple[Test, ...]) -> Test:
    return lambda look: any(test(look) for test in tests)


def _not(test: Test) -> Test:
    return lambda look: not test(look)


_COSTS = {TraitTest: 0, EventCount: 1, Drawn: 2, Timed: 3}


def _cost(condition: Condition) -> tuple[int, str]:
    """By its dearest leaf; of one price the order is the same in all conditions."""
    dearest = max((_COSTS[type(leaf)] for leaf in leaves(condition)), default=0)
    return dearest, canonical_text(condition)
