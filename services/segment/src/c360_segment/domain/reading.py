"""Reads the condition of a segment, which the catalog's loader has checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

from c360_kernel.accounts.golden import account_rules
from c360_kernel.catalog.durations import UTC, duration_ms
from c360_kernel.catalog.fact_tests import consent_test, source_test, tag_test
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import MEASURES
from c360_kernel.catalog.segment_lists import list_tag
from c360_kernel.catalog.segments import RELATIVE
from c360_kernel.conditions import reading
from c360_kernel.conditions.facts import tag_fact
from c360_kernel.conditions.reading import Tree, read_test
from c360_kernel.conditions.tree import ValueTest

from c360_segment.domain.drawn import Draw
from c360_segment.domain.leaves import (
    Condition,
    Drawn,
    EventCount,
    EventPattern,
    Leaf,
    Timed,
    TraitTest,
)
from c360_segment.domain.timed.acting import AccountLeaf, AccountTest, Acting
from c360_segment.domain.timed.counted import Measure, Measured
from c360_segment.domain.timed.dates import Beside, RelativeDate
from c360_segment.domain.timed.happenings import Happening
from c360_segment.domain.timed.held import Held, Lot, PastLeaf, Valued
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered, Step
from c360_segment.domain.timed.window import Window

_OVER_TIME = ("source", "last", "until", "this")
_ASKED_OVER_TIME = ("then", "then_not", "regularly", *MEASURES)


def read_condition(tree: Tree, catalog: Catalog) -> Condition:
    """The condition a checked tree stands for; values take the types of what they meet."""

    return reading.read_condition(tree, lambda given: _leaf(given, catalog))


def _leaf(given: Tree, catalog: Catalog) -> Leaf:
    form = next(form for form in _LEAVES if form in given)
    return _LEAVES[form](given, catalog)


def _read_trait(tree: Tree, catalog: Catalog) -> Leaf:
    name = tree["trait"]
    referred = catalog.referred_traits.get(name)
    by = "" if referred is None else referred.by.name
    beside = next((form for form in RELATIVE if form in tree), None)
    if beside is None:
        return TraitTest(read_test(tree, catalog.compared_traits[name]), by)
    return Timed(RelativeDate(name, cast(Beside, beside), _ms(tree[beside]), by))


def _read_tag(tree: Tree, catalog: Catalog) -> Leaf:
    return TraitTest(tag_test(tree, catalog.tags))


def _read_consent(tree: Tree, _: Catalog) -> Leaf:
    return TraitTest(consent_test(tree))


def _read_source(tree: Tree, _: Catalog) -> Leaf:
    return TraitTest(source_test(tree))


def _read_list(tree: Tree, _: Catalog) -> Leaf:
    return TraitTest(ValueTest(tag_fact(list_tag(tree["list"])), "exists"))


def _read_account(tree: Tree, catalog: Catalog) -> Leaf:
    asked: Tree = tree["account"]
    where = asked.get("where")
    met = None if where is None else reading.read_condition(where, partial(_of_account, catalog))
    return Timed(Acting(asked.get("kind") or "", asked.get("role") or "", met))


def _of_account(catalog: Catalog, tree: Tree) -> AccountLeaf:
    beside = next((form for form in RELATIVE if form in tree), None)
    if beside is None:
        trait = catalog.accounts.tested[tree["trait"]]
        test = read_test(tree, trait)
        # The rules of a catalog are found by comparing catalogs, which takes long.
        is_plain = trait.identifier is None
        return AccountTest(test, test if is_plain else account_rules(catalog).spelled(test))
    return RelativeDate(tree["trait"], cast(Beside, beside), _ms(tree[beside]))


def _read_bucket(tree: Tree, _: Catalog) -> Leaf:
    return Drawn(_lot(tree))


def _lot(tree: Tree) -> Draw:
    return Draw(tree["bucket"]["percent"], tree["bucket"]["of"])


def _read_event(tree: Tree, catalog: Catalog) -> Leaf:
    is_timed = any(form in tree for form in (*_OVER_TIME, *_ASKED_OVER_TIME))
    if is_timed or _looks_through(tree, catalog):
        return Timed(_over(tree, catalog))
    return _counted(tree, catalog)


def _over(tree: Tree, catalog: Catalog) -> Measured | Ordered | Regular:
    measure = next((form for form in MEASURES if form in tree), "count")
    if "then" in tree or "then_not" in tree:
        return _ordered(tree, catalog)
    if "regularly" in tree:
        return _regular(tree, catalog)
    return _measured(tree, cast(Measure, measure), catalog)


def _read_held(tree: Tree, catalog: Catalog) -> Leaf:
    return Timed(_held(tree, catalog))


def _held(tree: Tree, catalog: Catalog) -> Held:
    def leaf(given: Tree) -> PastLeaf:
        if "event" in given:
            return _over(given, catalog)
        found = _leaf(given, catalog)
        match found:
            case TraitTest(test):
                return Valued(test)
            case Drawn(lot):
                return Lot(lot)
            case Timed(over):
                return over
            case EventCount():
                raise AssertionError("it is on no event")

    return Held(reading.read_condition(tree["held"], leaf), _ms(tree["for"]))


def _looks_through(tree: Tree, catalog: Catalog) -> bool:
    """Whether objects say which events are meant: no counter of before could follow these."""
    tested = {test["property"] for test in tree.get("where") or ()}
    return not tested.isdisjoint(catalog.events[tree["event"]].referred)


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
    properties = catalog.events[tree["event"]].readable
    return [read_test(test, properties[test["property"]]) for test in tree.get("where") or ()]


def _window(tree: Tree) -> Window:
    last, until = (_ms(tree[form]) if form in tree else None for form in ("last", "until"))
    return Window(last, until, tree.get("this"), tree.get("zone") or UTC)


_LEAVES: Mapping[str, Callable[[Tree, Catalog], Leaf]] = {
    "trait": _read_trait,
    "event": _read_event,
    "tag": _read_tag,
    "consent": _read_consent,
    "bucket": _read_bucket,
    "source": _read_source,
    "held": _read_held,
    "list": _read_list,
    "account": _read_account,
}


def _ms(text: str) -> int:
    length = duration_ms(text)
    assert length is not None, "the catalog's loader has checked it"
    return length
