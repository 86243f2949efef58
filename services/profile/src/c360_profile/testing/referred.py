"""Customers by the objects that their traits refer to: worlds, filters, and who is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from hypothesis import strategies as st

from c360_profile.domain.customer import Customer
from c360_profile.domain.golden import GoldenRules
from c360_profile.graph import profile_subgraphs
from c360_profile.store.port import ProfileStore
from c360_profile.testing.contract import save_customers

CATALOG = parse_catalog(
    """
sources: {crm: {priority: 0}}
objects:
  store:
    tag: public
    properties:
      city: {type: string, tag: public}
      size: {type: int, tag: public}
      labels: {type: strings, tag: public}
  brand: {tag: public, properties: {name: {type: string, tag: public}}}
traits:
  shop: {type: string, tag: public, refers: store, as: favourite}
  second: {type: string, tag: public, refers: store}
  likes: {type: string, tag: public, refers: brand}
  city: {type: string, tag: public}
""",
    "catalog.yaml",
)
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)
CALLER = CallerContext("ann", ("agent",), visibility=everything(CATALOG))
_SHOWN = {"favourite": ("shop", "store"), "store": ("second", "store"), "brand": ("likes", "brand")}
_QUERY = "query($f: CustomerFilter) { customers(filter: $f, first: 50) { edges { node { id } } } }"
Said = Mapping[tuple[str, str], Mapping[str, Any] | None]
Filter = Mapping[str, Any]

_KEYS = st.sampled_from(["s1", "s2", "s3", "gone"])
people = st.lists(
    st.fixed_dictionaries(
        {}, optional={"shop": _KEYS, "second": _KEYS, "likes": _KEYS, "city": st.just("Bonn")}
    ),
    max_size=6,
)
_STORE = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["Bonn", "Rome"]),
        "size": st.sampled_from([4, 5, "large"]),
        "labels": st.sampled_from([("a",), ("a", "b")]),
    },
)
_BRAND = st.fixed_dictionaries({}, optional={"name": st.sampled_from(["Bonn", "x"])})
worlds = st.fixed_dictionaries(
    {},
    optional={
        **{("store", key): st.none() | _STORE for key in ("s1", "s2", "s3")},
        **{("brand", key): st.none() | _BRAND for key in ("s1", "s2")},
    },
)
_TEST = st.one_of(
    st.sampled_from(
        [
            {"city": {"equals": "Bonn"}},
            {"city": {"notEquals": "Bonn"}},
            {"city": {"in": ["Bonn", "Rome"]}},
            {"city": {"exists": False}},
            {"size": {"atLeast": 5}},
            {"labels": {"contains": "b"}},
            {"city": {"exists": True}, "size": {"lessThan": 5}},
        ]
    ).flatmap(lambda test: st.sampled_from([{"favourite": test}, {"store": test}])),
    st.sampled_from([{"brand": {"name": {"equals": "Bonn"}}}, {"city": {"exists": True}}]),
)
filters = st.recursive(
    _TEST,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"and": some}),
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"or": some}),
        parts.map(lambda one: {"not": one}),
    ),
    max_leaves=3,
)


async def put(store: ProfileStore, everybody: Iterable[Mapping[str, str]], said: Said) -> None:
    """Have these customers, `c0` and on, and these objects; None: deleted."""
    await save_customers(store, *(Customer(f"c{n}", 1, own) for n, own in enumerate(everybody)))
    objects = [
        KnownObject(ObjectName(*name), "crm", 1, "1", held is None, held or {})
        for name, held in said.items()
    ]
    async with store.unit() as unit:
        await unit.keep_objects(objects)


async def found(store: ProfileStore, given: Filter) -> set[str]:
    """Whom a filter finds."""
    graph = profile_subgraphs(RULES, SEALER)(store)
    answer: Any = await graph.execute(_QUERY, {"f": dict(given)}, None, CALLER)
    assert "errors" not in answer, answer
    return {edge["node"]["id"] for edge in answer["data"]["customers"]["edges"]}


def meant(everybody: Iterable[Mapping[str, str]], said: Said, given: Filter) -> set[str]:
    """Whom it means, read plainly."""
    return {f"c{n}" for n, own in enumerate(everybody) if _is_met(given, own, said)}


def _is_met(given: Filter, own: Mapping[str, str], said: Said) -> bool:
    return all(_part(name, test, own, said) for name, test in given.items())


def _part(name: str, test: Any, own: Mapping[str, str], said: Said) -> bool:  # noqa: ANN401 - JSON
    if name in ("and", "or"):
        met = [_is_met(one, own, said) for one in test]
        return all(met) if name == "and" else any(met)
    if name == "not":
        return not _is_met(test, own, said)
    if name == "city":
        return name in own
    trait, type_ = _SHOWN[name]
    held = said.get((type_, own.get(trait, "")), {}) or {}
    return all(
        _passes(held.get(known), *one) for known, asked in test.items() for one in asked.items()
    )


def _passes(value: Any, operator: str, wanted: Any) -> bool:  # noqa: ANN401 - JSON
    value = None if value == "large" else value
    if operator in ("exists", "notEquals"):
        return (value is not None) is wanted if operator == "exists" else value != wanted
    if value is None:
        return False
    tests = {
        "equals": lambda: value == wanted,
        "in": lambda: value in wanted,
        "atLeast": lambda: value >= wanted,
        "lessThan": lambda: value < wanted,
        "contains": lambda: wanted in value,
    }
    return cast(bool, tests[operator]())
