"""Conditions in words and in one form: what they look at, and what tells two of them apart."""

from __future__ import annotations

import json
from collections.abc import Iterator

from c360_kernel.conditions.plain import plain, plain_test
from c360_kernel.conditions.tree import leaves

from c360_segment.domain.leaves import (
    Condition,
    Drawn,
    EventCount,
    Leaf,
    Over,
    Timed,
    TraitTest,
)
from c360_segment.domain.timed.acting import AccountLeaf, AccountTest, Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.held import Held, PastLeaf, Valued
from c360_segment.domain.timed.regular import Regular


def words_of(leaf: Leaf) -> str:
    """What a leaf looks at."""
    match leaf:
        case TraitTest(test):
            return f"{test.name} {test.operator}"
        case EventCount(pattern):
            return f"{pattern.event} counted"
        case Drawn(lot):
            return f"bucket of {lot.of}"
        case Timed(over):
            return _over(over)


def _over(over: Over) -> str:
    match over:
        case Measured(happening, _, measure):
            return f"{measure} of {happening.event} in its window"
        case RelativeDate(trait, beside):
            return f"{trait} {beside}"
        case Acting(kind, role, where):
            asked = () if where is None else dict.fromkeys(map(_of_account, leaves(where)))
            return " ".join(["link to an account", *filter(None, (kind, role)), *asked])
        case _:
            words = ["regularly"] if isinstance(over, Regular) else []
            return " ".join([*dict.fromkeys(_looked_at(over)), *words])


def _looked_at(over: Over | PastLeaf) -> Iterator[str]:
    match over:
        case Held(inner):
            for leaf in leaves(inner):
                yield from _looked_at(leaf)
        case Valued(test):
            yield test.name
        case RelativeDate(trait):
            yield trait
        case Acting():
            yield "account"
        case _:
            yield from (one.event for one in over.happenings)


def _of_account(leaf: AccountLeaf) -> str:
    match leaf:
        case AccountTest(test):
            return f"{test.name} {test.operator}"
        case RelativeDate(trait, beside):
            return f"{trait} {beside}"


def canonical(condition: Condition) -> list[object]:
    """The condition as lists and plain values: equal for equal conditions, in every version."""
    return plain(condition, _plain_leaf)


def canonical_text(condition: Condition) -> str:
    """That form as text."""
    return json.dumps(canonical(condition))


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
