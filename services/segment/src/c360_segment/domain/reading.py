"""Gives a segment's condition tree its meaning.

The catalog's loader has checked the tree (see `c360_kernel.catalog.conditions` for its
grammar), so what is read here is known to be well-formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.value_types import typed

from c360_segment.domain.condition import (
    All,
    AnyOf,
    Condition,
    EventCount,
    EventPattern,
    Not,
    TraitTest,
    ValueTest,
)
from c360_segment.domain.operators import OperatorName, Wanted

Tree = Mapping[str, Any]


def read_condition(tree: Tree, catalog: Catalog) -> Condition:
    """The condition a checked tree stands for; values take the types of what they meet."""
    if "all" in tree:
        return All(tuple(read_condition(part, catalog) for part in tree["all"]))
    if "any" in tree:
        return AnyOf(tuple(read_condition(part, catalog) for part in tree["any"]))
    if "not" in tree:
        return Not(read_condition(tree["not"], catalog))
    if "trait" in tree:
        return TraitTest(_read_test(tree, catalog.traits[tree["trait"]]))
    return _read_event(tree, catalog)


def _read_event(tree: Tree, catalog: Catalog) -> EventCount:
    event = catalog.events[tree["event"]]
    tests = [_read_test(test, event.properties[test["property"]]) for test in tree.get("where", ())]
    count: Tree = tree.get("count", {"at_least": 1})
    return EventCount(
        EventPattern.of(event.name, tuple(tests)), count.get("at_least", 0), count.get("at_most")
    )


def _read_test(tree: Tree, subject: TraitType | PropertyType) -> ValueTest:
    op = cast("OperatorName", tree["op"])
    return ValueTest(subject.name, op, _read_wanted(tree.get("value"), op, subject))


def _read_wanted(value: Any, op: OperatorName, subject: TraitType | PropertyType) -> Wanted:  # noqa: ANN401 - YAML
    if op in {"exists", "missing"}:
        return None
    if op == "in":
        return tuple(typed(item, subject.type) for item in value)
    return typed(value, "string" if op == "contains" else subject.type)
