"""Customers and records as of a past instant, and what changed between two."""

from dataclasses import replace

import pytest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.changes import trait_changes
from c360_profile.domain.customer import as_of, belonging_in_the_past
from c360_profile.domain.query import Window
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, consented, stamp, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import given, settings
from hypothesis import strategies as st

ALL = everything(CATALOG)
ANN, WEB = RecordKey("crm", "a"), RecordKey("web", "b")
GONE, MOVED = RecordKey("crm", "gone"), RecordKey("crm", "moved")
KEYS = [ANN, WEB, RecordKey("steward", "crm/a")]
OF_ANN = {"representations": [{"__typename": "Customer", "id": "c1"}]}
ENTITY = "query($representations: [_Any!]!) { _entities(representations: $representations) {"
CHANGES = (
    ENTITY
    + """ ... on Customer { changes(from: "%s"%s) {
  trait before { city phone points } after { city phone points } } } } }"""
)


async def folded(entries):
    store = MemoryProfileStore()
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, entries)
    return store


told = st.builds(
    lambda key, traits, at, revision, deleted, removed: upserted(
        key,
        {} if deleted else traits,
        at=at,
        revision=revision,
        deleted=deleted,
        removed=None if deleted else removed,
    ),
    st.sampled_from(KEYS),
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["Ann", "Anne"]),
            "city": st.sampled_from(["A", "B"]),
            "points": st.integers(0, 2),
            "interests": st.sampled_from([("tea",), ("go", "art")]),
        },
    ),
    st.integers(1, 6),
    st.integers(1, 3),
    st.sampled_from([False, False, False, True]),
    st.none() | st.sets(st.sampled_from(["city", "points"]), max_size=1),
)
OWNED = [assigned(key, "c1", at=0) for key in KEYS]


async def past_of(store, instant):
    """What `profile(asOf:)` answers with."""
    linked = belonging_in_the_past("c1", (await store.linked(["c1"])).get("c1", ()))
    archive = await store.revisions([one.key for one in linked])
    return RULES.traits(as_of(instant, linked, archive))


@given(st.lists(told, max_size=7, unique_by=lambda one: one.stamp), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
async def test_as_of_an_instant_is_a_replay_up_to_it_and_as_of_now_is_live(entries, instant):
    store = await folded([*OWNED, *entries])
    until = [one for one in entries if one.time <= instant]
    replayed = await folded([*OWNED, *until])
    live = (await replayed.customers(["c1"])).get("c1")
    assert await past_of(store, instant) == (live.traits if live else {})
    now = (await store.customers(["c1"]))["c1"]
    assert await past_of(store, 99) == now.traits


happened = st.builds(
    tracked, st.sampled_from(KEYS[:2]), st.sampled_from("mn"), at=st.integers(1, 6)
)
answered = st.builds(
    consented,
    st.sampled_from(KEYS[:2]),
    st.just("marketing"),
    st.sampled_from(["granted", "denied", "withdrawn"]),
    at=st.integers(1, 6),
)


async def shown(store):
    """What is told of both customers."""
    held = await store.customers(["c1", "c2"])
    told_of = {id_: (one.traits, one.consents, one.ended) for id_, one in held.items()}
    return told_of, await store.timeline(["c1", "c2"], Window())


@given(st.lists(told | happened | answered, max_size=6))
@settings(max_examples=40, deadline=None)
async def test_a_merge_that_is_undone_leaves_nothing(entries):
    apart = [assigned(ANN, "c1", at=0), assigned(KEYS[2], "c1", at=0), assigned(WEB, "c2", at=0)]
    merge = assigned(WEB, "c1", at=20, counter=2, left="c2")
    undone = assigned(WEB, "c2", at=21, counter=3, left="c1")
    before = await folded([*apart, *entries])
    after = await folded([*apart, *entries, merge])
    async with after.unit() as unit:
        await ProfileHandler(RULES).handle(unit, [undone])
    assert await shown(after) == await shown(before)


@given(st.lists(answered, max_size=6), st.integers(0, 7))
@settings(max_examples=40, deadline=None)
async def test_consents_as_of_an_instant_are_a_replay_up_to_it(entries, instant):
    owned = [assigned(key, "c1", at=0) for key in KEYS]
    stamped = [
        replace(one, stamp=stamp(place), id=f"consents:{place}")
        for place, one in enumerate(entries, start=1)
    ]
    store = await folded([*owned, *stamped])
    until = await folded([*owned, *(one for one in stamped if one.time <= instant)])
    expected = (await until.customers(["c1"]))["c1"].consents
    graph = profile_subgraphs(RULES, SEALER)(store)
    asked = (
        ENTITY
        + """ ... on Customer { consents(asOf: "%s") { purpose status }
      all: consents(history: true, asOf: "%s") { at } } } }"""
    )
    when = f"1970-01-01T00:00:00.00{instant}Z"
    caller = CallerContext("tester", ("admin",), visibility=ALL)
    answer = await graph.execute(asked % (when, when), OF_ANN, None, caller)
    (told_of,) = answer["data"]["_entities"]
    found = {one["purpose"]: one["status"].lower() for one in told_of["consents"]}
    assert found == expected
    assert all(one["at"] <= when for one in told_of["all"])


values = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2) | st.text("x", max_size=1))


@given(values, values)
def test_changes_lead_from_one_profile_to_the_other(before, after):
    led = dict(before)
    for change in trait_changes(before, after):
        assert before.get(change.trait) == change.before
        assert change.before != change.after
        if change.after is None:
            del led[change.trait]
        else:
            led[change.trait] = change.after
    assert led == after
    assert trait_changes(after, after) == []


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    entries = [
        upserted(ANN, {"city": "A", "phone": "13912345678"}, at=1000),
        upserted(ANN, {"city": "B", "points": 1}, at=2000, revision=2),
        upserted(ANN, deleted=True, at=4000, revision=3),
        upserted(WEB, {"city": "C"}, at=3000),
        *(assigned(key, "c1", at=1000) for key in KEYS),
        # What identity says of a deleted record.
        assigned(ANN, "", at=4000, counter=2, left="c1"),
        upserted(GONE, {"city": "G"}, at=1000),
        upserted(GONE, deleted=True, at=2000, revision=2),
        assigned(GONE, "c2", at=1000),
        assigned(GONE, "", at=2000, counter=2, left="c2"),
        upserted(MOVED, {"city": "M"}, at=1000),
        upserted(MOVED, deleted=True, at=2500, revision=2),
        assigned(MOVED, "c2", at=1000),
        assigned(MOVED, "c1", at=2000, counter=2, left="c2"),
    ]
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, entries)
    yield store
    await store.close()


async def ask(store, query, visibility=ALL, variables=OF_ANN):
    caller = CallerContext("tester", ("admin",), visibility=visibility)
    answer = await profile_subgraphs(RULES, SEALER)(store).execute(query, variables, None, caller)
    assert "errors" not in answer, answer
    return answer["data"]["_entities"][0]


def at(second):
    return f"1970-01-01T00:00:0{second}Z"


async def test_what_changed_between_two_instants(store):
    found = await ask(store, CHANGES % (at(1), f', to: "{at(2)}"'))
    nothing = {"city": None, "phone": None, "points": None}
    assert found["changes"] == [
        {"trait": "city", "before": nothing | {"city": "A"}, "after": nothing | {"city": "B"}},
        {"trait": "phone", "before": nothing | {"phone": "+8613912345678"}, "after": None},
        {"trait": "points", "before": None, "after": nothing | {"points": 1}},
    ]
    until_now = (await ask(store, CHANGES % (at(2), "")))["changes"]
    assert [(one["trait"], one["after"]) for one in until_now] == [
        ("city", nothing | {"city": "C"}),
        ("points", None),
    ]
    assert (await ask(store, CHANGES % (at(3), f', to: "{at(3)}"')))["changes"] == []


async def test_a_customer_that_has_ended_is_told_of_as_it_was(store):
    asked = (
        ENTITY
        + """ ... on Customer { now: profile { city }
      then: profile(asOf: "%s") { city } before: profile(asOf: "%s") { city } } } }"""
    )
    of_gone = {"representations": [{"__typename": "Customer", "id": "c2"}]}
    found = await ask(store, asked % (at(1), at(0)), variables=of_gone)
    assert found == {"now": None, "then": {"city": "G"}, "before": None}


async def test_a_change_is_told_of_a_trait_that_is_seen_without_a_mask(store):
    masked = replace(ALL, used=ALL.used - {"Profile.city"})
    hidden = replace(ALL, seen=ALL.seen - {"Profile.phone"})
    both = CHANGES % (at(1), f', to: "{at(2)}"')
    for visibility, names in ((masked, ["phone", "points"]), (hidden, ["city", "points"])):
        found = (await ask(store, both, visibility))["changes"]
        assert [one["trait"] for one in found] == names


async def test_a_period_that_ends_before_it_begins_is_refused(store):
    caller = CallerContext("tester", ("admin",), visibility=ALL)
    asked = CHANGES % (at(2), f', to: "{at(1)}"')
    answer = await profile_subgraphs(RULES, SEALER)(store).execute(asked, OF_ANN, None, caller)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["PERIOD_EMPTY"]


async def test_provenance_and_records_as_of_an_instant(store):
    asked = (
        ENTITY
        + """ ... on Customer { provenance(asOf: "%s") { trait source
      candidates { source } } } } }"""
    )
    found = await ask(store, asked % at(3))
    assert found["provenance"] == [
        {"trait": "city", "source": "web", "candidates": [{"source": "crm"}]},
        {"trait": "points", "source": "crm", "candidates": []},
    ]
    of_record = (
        ENTITY
        + """ ... on SourceRecord {
      a: traits(asOf: "%s") { city } b: traits(asOf: "%s") { city } now: traits { city } } } }"""
    )
    key = {"representations": [{"__typename": "SourceRecord", "source": "crm", "key": "a"}]}
    found = await ask(store, of_record % (at(0), at(2)), variables=key)
    assert found == {"a": None, "b": {"city": "B"}, "now": None}
