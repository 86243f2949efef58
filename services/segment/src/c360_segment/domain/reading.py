"""Reads the condition of a segment, which the catalog's loader has checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from c360_kernel.catalog.durations import UTC, duration_ms
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import MEASURES
from c360_kernel.catalog.segments import RELATIVE
from c360_kernel.conditions import reading
from c360_kernel.conditions.reading import Tree, read_test
from c360_kernel.conditions.tree import ValueTest

from c360_segment.domain.leaves import Condition, EventCount, EventPattern, Leaf, Timed, TraitTest
from c360_segment.domain.timed.counted import Measure, Measured
from c360_segment.domain.timed.dates import Beside, RelativeDate
from c360_segment.domain.timed.happenings import Happening
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered, Step
from c360_segment.domain.timed.window import Window

_OVER_TIME = ("source", "last", "until", "this")


def read_condition(tree: Tree, catalog: Catalog) -> Condition:
    """The condition a checked tree stands for; values take the types of what they meet."""

    def leaf(given: Tree) -> Leaf:
        return _read_trait(given, catalog) if "trait" in given else _read_event(given, catalog)

    return reading.read_condition(tree, leaf)


def _read_trait(tree: Tree, catalog: Catalog) -> Leaf:
    beside = next((form for form in RELATIVE if form in tree), None)
    if beside is None:
        return TraitTest(read_test(tree, catalog.profile_traits[tree["trait"]]))
    return Timed(RelativeDate(tree["trait"], cast(Beside, beside), _ms(tree[beside])))


def _read_event(tree: Tree, catalog: Catalog) -> Leaf:
    measure = next((form for form in MEASURES if form in tree), None)
    if "then" in tree or "then_not" in tree:
        return Timed(_ordered(tree, catalog))
    if "regularly" in tree:
        return Timed(_regular(tree, catalog))
    if measure is not None:
        return Timed(_measured(tree, cast(Measure, measure), catalog))
    if any(form in tree for form in _OVER_TIME):
        return Timed(_measured(tree, "count", catalog))
    return _counted(tree, catalog)


def _counted(tree: Tree, catalog: Catalog) -> EventCount:
    count: Tree = tree.get("count") or {"at_least": 1}
    pattern = EventPattern.of(tree["event"], tuple(_where(tree, catalog)))
    return EventCount(pattern, count.get("at_least") or 0, count.get("at_most"))


def _measured(tree: Tree, measure: Measure, catalog: Catalog) -> Measured:
    asked: Tree = tree.get(measure) or {"at_least": 1}
    bounds = asked.get("at_least"), asked.get("at_most")
    looks_at = asked.get("property", "")
    return Measured(_happening(tree, catalog), _window(tree), measure, looks_at, *bounds)


def _ordered(tree: Tree, catalog: Catalog) -> Ordered:
    steps = tuple(_step(step, catalog) for step in tree.get("then", ()))
    absent = _step(tree["then_not"], catalog) if "then_not" in tree else None
    return Ordered(_happening(tree, catalog), _window(tree), steps, absent)


def _step(tree: Tree, catalog: Catalog) -> Step:
    return Step(_happening(tree, catalog), _ms(tree["within"]), tuple(tree.get("same", ())))


def _regular(tree: Tree, catalog: Catalog) -> Regular:
    asked: Tree = tree["regularly"]
    return Regular(
        _happening(tree, catalog),
        asked["every"],
        asked.get("zone") or UTC,
        asked["at_least"],
        asked["of"],
        asked.get("same") or "",
    )


def _happening(tree: Tree, catalog: Catalog) -> Happening:
    return Happening(tree["event"], tuple(_where(tree, catalog)), tree.get("source") or "")


def _where(tree: Tree, catalog: Catalog) -> Sequence[ValueTest]:
    properties = catalog.events[tree["event"]].properties
    return [read_test(test, properties[test["property"]]) for test in tree.get("where") or ()]


def _window(tree: Tree) -> Window:
    last, until = (_ms(tree[form]) if form in tree else None for form in ("last", "until"))
    return Window(last, until, tree.get("this"), tree.get("zone") or UTC)


def _ms(text: str) -> int:
    length = duration_ms(text)
    assert length is not None, "the catalog's loader has checked it"
    return length
