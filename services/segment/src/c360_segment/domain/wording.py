"""Conditions in words and in one form: why they hold, and what tells two of them apart."""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.conditions.plain import plain, plain_test
from c360_kernel.conditions.tree import All, AnyOf, Not

from c360_segment.domain.leaves import (
    Condition,
    Drawn,
    EventCount,
    Facts,
    Leaf,
    Over,
    Timed,
    TraitTest,
)
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.regular import Regular


def reasons(condition: Condition, facts: Facts) -> Iterator[str]:
    """Why it holds or fails: the leaves that decide it, never a value of a trait.

    Of an `All` that holds these are all parts, else the first that fails; of an `AnyOf` the first
    that holds, or all.
    """
    match condition:
        case All(parts):
            yield from _deciding(parts, facts, decides=False)
        case AnyOf(parts):
            yield from _deciding(parts, facts, decides=True)
        case Not(part):
            yield from reasons(part, facts)
        case _:
            yield _reason(condition, facts)


def _deciding(parts: tuple[Condition, ...], facts: Facts, *, decides: bool) -> Iterator[str]:
    found = next((part for part in parts if part.holds(facts) is decides), None)
    for part in parts if found is None else (found,):
        yield from reasons(part, facts)


def _reason(leaf: Leaf, facts: Facts) -> str:
    match leaf:
        case TraitTest(test):
            return f"{test.name} {test.operator} {'holds' if leaf.holds(facts) else 'fails'}"
        case EventCount(pattern):
            return f"{pattern.event} counted {facts.counts.get(pattern.name, 0)}"
        case Drawn(lot):
            return f"bucket of {lot.of} {'holds' if leaf.holds(facts) else 'fails'}"
        case Timed(over):
            return f"{_over(over)} {'holds' if leaf.holds(facts) else 'fails'}"


def _over(over: Over) -> str:
    match over:
        case Measured(happening, _, measure):
            return f"{measure} of {happening.event} in its window"
        case RelativeDate(trait, beside):
            return f"{trait} {beside}"
        case _:
            words = ["regularly"] if isinstance(over, Regular) else []
            return " ".join([*dict.fromkeys(one.event for one in over.happenings), *words])


def canonical(condition: Condition) -> list[object]:
    """The condition as lists and plain values: equal for equal conditions, in every version."""
    return plain(condition, _plain_leaf)


def _plain_leaf(leaf: Leaf) -> list[object]:
    match leaf:
        case TraitTest(test):
            return ["trait", *plain_test(test)]
        case EventCount(pattern, at_least, at_most):
            return ["event", pattern.name, at_least, at_most]
        case Drawn(lot):
            return ["bucket", float(lot.percent), lot.of]
        case Timed(over):
            return ["timed", *over.plain]
