"""Worlds of events, assignments, deletions and ticks, to hold computed traits against a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.log.entry import Entry
from c360_kernel.record import TraitValue
from hypothesis import strategies as st

from c360_profile.domain.computed.batch import computed_of, present_of
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.query import Window
from c360_profile.domain.scores.quintiles import CutPoints, Quintiles, declaration
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.port import ProfileStore
from c360_profile.store.seeing import seeing
from c360_profile.testing.consumptions import CUSTOMERS, KEYS
from c360_profile.testing.entries import assigned, observed, tracked, upserted

S = TypeVar("S", bound=ProfileStore)
T = TypeVar("T")
MINUTE = 60_000
DAY = 86_400_000
START = 1_700_000_000_000
"""14 November 2023, 22:13:20 UTC."""

_TEXT = """
sources: {crm: {priority: 0}, web: {priority: 1}}
traits:
  city: {type: string, tag: public}
events:
  order_completed:
    properties:
      amount: {type: float, tag: financial}
      pieces: {type: int, tag: financial}
      category: {type: string, tag: behaviour}
      tags: {type: strings, tag: behaviour}
      sku: {type: string, tag: public, refers: product}
  page_viewed: {properties: {category: {type: string, tag: behaviour}}}
  logged_out: {}
objects:
  product:
    tag: public
    properties:
      section: {type: string, tag: public}
      price: {type: float, tag: financial}
  store: {tag: public, properties: {city: {type: string, tag: public}}}
computed:
  sectionsEver: {kind: unique_list, event: order_completed, property: product.section,
    tag: behaviour}
  sectionsLately: {kind: unique_count, event: order_completed, property: product.section,
    last: 30 minutes, tag: behaviour}
  dearLately: {kind: sum, event: order_completed, property: amount, last: 30 minutes,
    where: {property: product.price, op: at_least, value: 5}, tag: financial}
  unpriced: {kind: count, event: order_completed, where: {property: product.price, op: missing},
    tag: financial}
  recencyQuintile: {kind: quintile, of: recency, event: order_completed, tag: behaviour}
  frequencyQuintile: {kind: quintile, of: frequency, event: [order_completed, page_viewed],
    last: 2 days, tag: behaviour}
  monetaryQuintile: {kind: quintile, of: monetary, event: order_completed, property: amount,
    tag: financial}
  monetaryLately: {kind: quintile, of: monetary, event: order_completed, property: pieces,
    last: 3 days, where: {property: product.price, op: exists}, tag: financial}
  lastDays: {kind: quintile, of: recency, event: page_viewed, last: 3 days, tag: behaviour}
"""
_CUTS: Mapping[str, tuple[float, ...]] = {
    "recencyQuintile": (-3, -2, -1, 0),
    "frequencyQuintile": (1, 2, 2, 3),
    "monetaryQuintile": (0.2, 5.0, 7.1, 1e16),
    "monetaryLately": (0, 1, 3, 6),
    "lastDays": (-2, -1, -1, 0),
}
"""Where quintiles begin: as if they had been fitted to others."""
_ORDER = "event: order_completed"
_KINDS = {
    "count": _ORDER,
    "sum": f"{_ORDER}, property: amount",
    "average": f"{_ORDER}, property: amount",
    "min": f"{_ORDER}, property: amount",
    "max": f"{_ORDER}, property: pieces",
    "first": f"{_ORDER}, property: category",
    "last": f"{_ORDER}",
    "most_frequent": "event: [page_viewed, order_completed], property: category",
    "unique_list": f"{_ORDER}, property: tags",
    "unique_count": "event: [page_viewed, order_completed], property: category",
}
_WINDOWS = {
    "Ever": "",
    "Lately": ", last: 30 minutes",
    "Today": ", this: day, zone: Asia/Shanghai",
    "ThisWeek": ", this: week",
}
_LARGE = (
    ", where: {any: [{property: amount, op: at_least, value: 5}, {property: pieces, op: exists}]}"
)


def _lines() -> Iterable[str]:
    for kind, of in _KINDS.items():
        name = "".join(word.capitalize() for word in kind.split("_"))
        for ending, window in _WINDOWS.items():
            where = _LARGE if kind == "sum" and ending == "Lately" else ""
            named = f"{name[0].lower()}{name[1:]}{ending}"
            yield f"  {named}: {{kind: {kind}, {of}{window}{where}, tag: behaviour}}\n"


_STAGES = """
lifecycle:
  stage:
    tag: behaviour
    stages:
      - {stage: active, when: {trait: countLately, op: at_least, value: 2}}
      - {stage: new, when: {all: [{trait: countLately, op: exists}, {trait: city, op: exists}]}}
      - {stage: dormant, when: {trait: countEver, op: exists}}
"""
CATALOG = parse_catalog(_TEXT + "".join(_lines()) + _STAGES, "computing")


def ranked_by(version: str, cuts: Mapping[str, tuple[float, ...]]) -> Quintiles:
    """Cut points of the catalog's quintiles, as a version of the models has them."""
    traits = ((CATALOG.computed[name], points) for name, points in cuts.items())
    return Quintiles(
        version,
        tuple(
            CutPoints(one.name, one.of or "recency", declaration(one), 100, points)
            for one, points in traits
        ),
    )


def rules_with(quintiles: Quintiles) -> GoldenRules:
    """The rules of the catalog with a model in use."""
    return GoldenRules(CATALOG, Normalizers(CATALOG).normalize, quintiles)


RULES = rules_with(ranked_by("spring", _CUTS))
HANDLER = ProfileHandler(RULES)
COMPUTED = {*CATALOG.computed, *CATALOG.lifecycle}

Step = Entry | int
"""An entry, or a tick (ms UTC)."""
Maker = Callable[[int], Entry]
World = tuple[list[Entry], list[list[Step]]]

_moments = st.integers(0, 40).map(lambda n: START + n * 7 * MINUTE) | st.integers(0, 12).map(
    lambda n: START + n * DAY // 3
)
_properties = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from([0.1, 0.2, 1e16, -1e16, 5.0, 7, float("1e308")]),
        "pieces": st.sampled_from([0, 1, 3, 2**62]),
        "category": st.sampled_from(["tea", "go", "ink", " ", ""]),
        "tags": st.sampled_from([("a", "b"), ("b",), ()]),
        "sku": st.sampled_from(["s1", "s2"]),
    },
)


def makers() -> st.SearchStrategy[Maker]:
    """Functions of a stamp, in ms: events that name the same one, moves and deletions."""
    keys = st.sampled_from(KEYS)
    events = st.builds(
        lambda key, message, name, occurred, values: (
            lambda at: tracked(
                key, message, at=at, name=name, occurred_at=occurred, properties=values
            )
        ),
        keys,
        st.sampled_from([f"m{number}" for number in range(8)]),
        st.sampled_from(["order_completed", "order_completed", "page_viewed", "logged_out"]),
        st.none() | _moments,
        _properties,
    )
    moves = st.builds(
        lambda key, name, counter, left: (
            lambda at: assigned(key, name, at=at, counter=counter, left=left)
        ),
        keys,
        st.sampled_from([*CUSTOMERS, ""]),
        st.integers(1, 4),
        st.sampled_from(["", *CUSTOMERS]),
    )
    said = st.builds(
        lambda key, number, city, deleted: (
            lambda at: upserted(key, {"city": city}, at=at, revision=number, deleted=deleted)
        ),
        keys,
        st.integers(1, 4),
        st.sampled_from(["A", "B"]),
        st.sampled_from([False, False, False, True]),
    )
    return st.one_of(events, events, events, moves, moves, said, objects(), objects())


def objects() -> st.SearchStrategy[Maker]:
    """Functions of a stamp that say of a product what it is, or that it is no more."""
    values = st.fixed_dictionaries(
        {},
        optional={
            "section": st.sampled_from(["food", "books", ""]),
            "price": st.sampled_from([1.0, 5.0, 9]),
        },
    )
    return st.builds(
        lambda key, said, observed_at, deleted: (
            lambda at: observed(
                "product",
                key,
                {} if deleted else said,
                at=at,
                observed_at=observed_at,
                deleted=deleted,
            )
        ),
        st.sampled_from(["s1", "s2"]),
        values,
        st.none() | _moments,
        st.sampled_from([False, False, False, True]),
    )


def worlds() -> st.SearchStrategy[World]:
    """Worlds of this catalog."""
    return worlds_of(st.lists(makers(), max_size=25), _moments)


@st.composite
def worlds_of(
    draw: st.DrawFn, makers: st.SearchStrategy[list[Maker]], moments: st.SearchStrategy[int]
) -> World:
    """Entries, and one way to consume them with ticks in between: any order, some twice."""
    made = draw(makers)
    stamps = draw(
        st.lists(moments, min_size=len(made), max_size=len(made)).map(
            lambda found: [at + number for number, at in enumerate(found)]
        )
    )
    entries = [make(at) for make, at in zip(made, stamps, strict=True)]
    again = draw(st.lists(st.sampled_from(entries), max_size=5)) if entries else []
    ticks = draw(st.lists(moments, max_size=6))
    ordered: Sequence[Step] = draw(st.permutations([*entries, *again, *ticks]))
    batches: list[list[Step]] = [[]]
    for step in ordered:
        batches[-1].append(step)
        if draw(st.booleans()):
            batches.append([])
    return entries, batches


async def take(
    store: ProfileStore, steps: Sequence[Step], woken: int = 3, handler: ProfileHandler = HANDLER
) -> None:
    """Handle some entries and ticks as a worker does, and wake for what is due then."""
    entries = [one for one in steps if not isinstance(one, int)]
    ticks = [one for one in steps if isinstance(one, int)]
    async with store.unit() as unit:
        for at in ticks:
            await unit.tick(at)
        await handler.handle(unit, entries)
    while True:
        async with store.unit() as unit:
            due = await unit.take_due(woken)
            if due:
                await handler.wake(unit, due)
        if not due:
            return


async def held(store: ProfileStore) -> Mapping[str, Mapping[str, TraitValue]]:
    """The computed traits of live customers, as they are kept."""
    found = await store.customers(CUSTOMERS)
    return {
        name: {trait: value for trait, value in one.traits.items() if trait in COMPUTED}
        for name, one in found.items()
        if not one.ended
    }


async def expected(store: ProfileStore) -> Mapping[str, Mapping[str, TraitValue]]:
    """The same, of a batch over the timelines."""
    customers = await store.customers(CUSTOMERS)
    timelines, tick = await store.timeline(CUSTOMERS, Window()), await store.present()
    found: dict[str, Mapping[str, TraitValue]] = {}
    for name, one in customers.items():
        if not one.ended:
            events = await seeing(store, RULES.computed.sights, timelines.get(name, ()))
            computed = computed_of(RULES.computed, events, present_of(RULES.computed, events, tick))
            golden = {trait: v for trait, v in one.traits.items() if trait not in COMPUTED}
            whole = RULES.computed.completed(golden, computed)
            found[name] = {trait: v for trait, v in whole.items() if trait in COMPUTED}
    return found
