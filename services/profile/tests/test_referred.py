"""What traits refer to: shown, and customers found by it as it is now, in every store."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_profile.domain.golden import GoldenRules
from c360_profile.graph import filtered_objects, profile_subgraphs
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.referred import (
    CALLER,
    RULES,
    filters,
    found,
    meant,
    people,
    put,
    worlds,
)
from hypothesis import given, settings

WITH_A_SEGMENT = """
sources: {crm: {priority: 0}}
objects: {store: {tag: public, properties: {city: {type: string, tag: public}}}}
traits: {shop: {type: string, tag: public, refers: store, as: favourite}}
segments: {of_bonn: {condition: {trait: favourite.city, op: equals, value: Bonn}}}
"""
BONN = {"favourite": {"city": {"equals": "Bonn"}}}
PROFILES = """{ customers { edges { node { id profile {
  shop favourite { key city size } store { city } brand { name } } } } } }"""


@settings(max_examples=150, deadline=None)
@given(everybody=people, said=worlds, asked=filters)
async def test_who_is_found_is_whom_it_means(everybody, said, asked):
    store = MemoryProfileStore()
    await put(store, everybody, said)
    assert await found(store, asked) == meant(everybody, said, asked)


@settings(max_examples=25, deadline=None)
@given(everybody=people, said=worlds, asked=filters)
async def test_a_file_finds_whom_it_means(everybody, said, asked):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await put(store, everybody, said)
        assert await found(store, asked) == meant(everybody, said, asked)
        await store.close()


async def test_the_answer_follows_an_object_that_comes_late_changes_and_goes():
    store = MemoryProfileStore()
    await put(store, [{"shop": "s1"}], {})
    assert await found(store, BONN) == set()
    for at, city, expected in ((1, "Bonn", {"c0"}), (2, "Rome", set()), (3, None, set())):
        held = None if city is None else {"city": city}
        await said_later(store, at, held)
        assert await found(store, BONN) == expected


async def said_later(store, at, held):
    name = ObjectName("store", "s1")
    async with store.unit() as unit:
        await unit.keep_objects([KnownObject(name, "crm", at, str(at), held is None, held or {})])


async def test_a_list_is_of_the_same_question_when_an_object_has_changed():
    store = MemoryProfileStore()
    said = {("store", one): {"city": "Bonn"} for one in ("s1", "s2")}
    people_of_two = [*[{"shop": "s1"}] * 9, {"shop": "s2"}, *[{}] * 9]
    await put(store, people_of_two, said)
    graph = profile_subgraphs(RULES, SEALER)(store)
    caller = replace(CALLER, smallest_group=3)
    query = "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }"
    for number in (10, 9):
        answer = await graph.execute(query, {"f": BONN}, None, caller)
        assert len(answer["data"]["customers"]["edges"]) == number
        async with store.unit() as unit:
            rome = {"city": "Rome"}
            await unit.keep_objects(
                [KnownObject(ObjectName("store", "s2"), "crm", 10**15, "~", False, rome)]
            )


async def test_an_object_is_shown_beside_its_key():
    store = MemoryProfileStore()
    said = {("store", "s1"): {"city": "Bonn", "size": "large"}, ("store", "s2"): None}
    await put(store, [{"shop": "s1", "second": "s2", "likes": "x"}, {}], said)
    answer = await profile_subgraphs(RULES, SEALER)(store).execute(PROFILES, {}, None, CALLER)
    known, nothing = [e["node"]["profile"] for e in answer["data"]["customers"]["edges"]]
    assert known == {
        "shop": "s1",
        "favourite": {"key": "s1", "city": "Bonn", "size": None},
        "store": None,
        "brand": None,
    }
    assert set(nothing.values()) == {None}


async def test_of_more_objects_than_can_be_looked_at_nothing_is_asked(monkeypatch):
    store = MemoryProfileStore()
    said = {("store", f"s{n}"): {"city": "Bonn"} for n in range(5)}
    await put(store, [{"shop": "s1"}], {**said, ("brand", "b"): {"name": "x"}})
    monkeypatch.setattr(filtered_objects, "_PAGE", 2)
    monkeypatch.setattr(filtered_objects, "MOST_OBJECTS", 5)
    assert await found(store, BONN) == {"c0"}
    monkeypatch.setattr(filtered_objects, "MOST_OBJECTS", 4)
    query = "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }"
    graph = profile_subgraphs(RULES, SEALER)(store)
    answer = await graph.execute(query, {"f": BONN}, None, CALLER)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["OBJECTS_TOO_MANY"]
    assert await found(store, {"brand": {"name": {"equals": "x"}}}) == set()


@pytest.mark.parametrize(
    "hidden", ["Profile.shop", "CustomerFilter.shop", "Store.city", "StoreObjectFilter.city"]
)
async def test_nobody_is_found_by_a_segment_that_tests_what_is_hidden_of_objects(hidden):
    catalog = parse_catalog(WITH_A_SEGMENT, "catalog.yaml")
    rules = GoldenRules(catalog, Normalizers(catalog).normalize)
    graph = profile_subgraphs(rules, SEALER)(MemoryProfileStore())
    query = "{ customers(filter: {segments: {ofBonn: true}}) { edges { node { id } } } }"
    everything_else = everything(catalog).used - {hidden}
    caller = CallerContext("ann", ("agent",), visibility=Visibility(used=everything_else))
    answer = await graph.execute(query, {}, None, caller)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["ARGUMENT_DENIED"]
    assert "errors" not in await graph.execute(
        query, {}, None, replace(caller, visibility=everything(catalog))
    )


@pytest.mark.parametrize("test", [{"city": {"equals": None}}, {"size": {"atLeast": None}}])
async def test_a_null_operand_is_refused(test):
    graph = profile_subgraphs(RULES, SEALER)(MemoryProfileStore())
    query = "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }"
    answer = await graph.execute(query, {"f": {"favourite": test}}, None, CALLER)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FILTER_INVALID"]
