"""Reads the condition of a segment, which the catalog's loader has checked."""

from __future__ import annotations

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions import reading
from c360_kernel.conditions.reading import Tree, read_test

from c360_segment.domain.leaves import Condition, EventCount, EventPattern, Leaf, TraitTest


def read_condition(tree: Tree, catalog: Catalog) -> Condition:
    """The condition a checked tree stands for; values take the types of what they meet."""

    def leaf(given: Tree) -> Leaf:
        if "trait" in given:
            return TraitTest(read_test(given, catalog.profile_traits[given["trait"]]))
        return _read_event(given, catalog)

    return reading.read_condition(tree, leaf)


def _read_event(tree: Tree, catalog: Catalog) -> EventCount:
    event = catalog.events[tree["event"]]
    where = tree.get("where") or ()
    tests = [read_test(test, event.properties[test["property"]]) for test in where]
    count: Tree = tree.get("count") or {"at_least": 1}
    pattern = EventPattern.of(event.name, tuple(tests))
    return EventCount(pattern, count.get("at_least") or 0, count.get("at_most"))
