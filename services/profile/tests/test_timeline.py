"""What is asked of a timeline: by time, source and property, how much there is, by sessions."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.errors import Unusable
from c360_kernel.projection.damage import was_damaged
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.sessions import sessions
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, stamp, tracked
from hypothesis import given
from hypothesis import strategies as st

ANN, WEB = RecordKey("crm", "a"), RecordKey("web", "b")
ALL = everything(CATALOG)
MINUTE = 60_000
ENTRIES = [
    tracked(ANN, "m1", at=10 * MINUTE, properties={"amount": 5.0, "sku": "x"}),
    tracked(WEB, "m2", at=20 * MINUTE, properties={"amount": 9.0}),
    tracked(WEB, "m3", at=60 * MINUTE, name="page_viewed", properties={"page": "/"}),
    tracked(ANN, "m4", at=80 * MINUTE, properties={"sku": "x"}),
    assigned(ANN, "c1", at=1),
    assigned(WEB, "c1", at=1),
]
ASKED = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  timeline%s { totalCount edges { node { messageId } } } } } }"""
SESSIONS = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  sessions%s { startedAt endedAt eventCount names sources isWhole } } } }"""
KNOWN = {"r": [{"__typename": "Customer", "id": "c1"}]}


@pytest.fixture
async def ask(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, ENTRIES)

    async def ask(query, visibility=ALL):
        caller = CallerContext("tester", ("admin",), visibility=visibility)
        graph = profile_subgraphs(RULES, SEALER)(store)
        return await graph.execute(query, KNOWN, None, caller)

    yield ask
    await store.close()


async def found(ask, arguments, visibility=ALL):
    answer = await ask(ASKED % arguments, visibility)
    assert "errors" not in answer, answer
    told = answer["data"]["_entities"][0]["timeline"]
    ids = [edge["node"]["messageId"].removeprefix("m") for edge in told["edges"]]
    return "".join(ids), told["totalCount"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ("4321", 4)),
        ("(first: 1)", ("4", 4)),
        ('(sources: ["web"])', ("32", 2)),
        ("(sources: [])", ("", 0)),
        ('(from: "1970-01-01T00:20:00Z")', ("432", 3)),
        ('(to: "1970-01-01T00:20:00Z")', ("1", 1)),
        ('(from: "1970-01-01T00:20:00Z", to: "1970-01-01T01:20:00Z")', ("32", 2)),
        ("(where: {amount: {greaterThan: 5}})", ("2", 1)),
        ('(where: {sku: {equals: "x"}}, first: 1)', ("4", 2)),
        ('(where: {sku: {equals: "x"}, amount: {atMost: 5}})', ("1", 1)),
        ('(where: {page: {equals: "/"}}, names: ["order_completed"])', ("", 0)),
        ("(where: {})", ("4321", 4)),
    ],
)
async def test_a_timeline_by_time_source_and_property(ask, arguments, expected):
    assert await found(ask, arguments) == expected


async def test_events_are_not_found_by_what_is_not_seen_without_a_mask(ask):
    masked = replace(ALL, used=ALL.used - {"OrderCompleted.sku"})
    assert await found(ask, '(where: {sku: {equals: "x"}})', masked) == ("", 0)
    assert await found(ask, "(where: {amount: {greaterThan: 5}})", masked) == ("2", 1)


async def test_a_source_that_is_not_known_is_refused(ask):
    (error,) = (await ask(ASKED % '(sources: ["wep"])'))["errors"]
    assert error["extensions"]["code"] == "UNKNOWN_SOURCE"


async def told(ask, arguments, visibility=ALL):
    answer = await ask(SESSIONS % arguments, visibility)
    assert "errors" not in answer, answer
    runs = answer["data"]["_entities"][0]["sessions"]
    return runs and [(run["startedAt"][11:16], run["eventCount"], run["sources"]) for run in runs]


async def test_sessions_are_runs_of_events_newest_first(ask):
    newest, oldest = ("01:00", 2, ["crm", "web"]), ("00:10", 2, ["crm", "web"])
    assert await told(ask, "") == [newest, oldest]
    assert await told(ask, "(first: 1)") == [newest]
    assert await told(ask, '(before: "1970-01-01T01:00:00Z")') == [oldest]
    assert await told(ask, "(idleMinutes: 40)") == [("00:10", 4, ["crm", "web"])]
    assert len(await told(ask, "(idleMinutes: 1)")) == 4


async def test_who_sees_no_timeline_sees_no_sessions(ask):
    hidden = replace(ALL, seen=ALL.seen - {"Customer.timeline"})
    assert await told(ask, "", hidden) is None
    unnamed = replace(ALL, seen=ALL.seen - {"PageViewed.name"})
    assert [count for _, count, _ in await told(ask, "", unnamed)] == [1, 2]


times = st.lists(st.integers(0, 50), max_size=12).map(lambda found: sorted(found, reverse=True))


@given(times, st.integers(1, 10))
def test_sessions_hold_every_event_once_and_rest_between_them(occurred, idle):
    events = [Event(ANN, str(n), "x", at, stamp(at)) for n, at in enumerate(occurred)]
    runs = list(sessions(events, idle))
    assert [one for run in runs for one in run.events] == events
    for newer, older in pairwise(runs):
        assert newer.started_at - older.ended_at > idle
    for run in runs:
        inside = [one.occurred_at for one in run.events]
        assert all(a - b <= idle for a, b in pairwise(inside))


async def test_events_that_cannot_be_read_are_damage(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, ENTRIES)
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE event SET properties='{'")
    with pytest.raises(Unusable) as met:
        await store.event_counts(["c1"], Window(having=ValueTest("amount", "exists")))
    await store.close()
    assert met.value.code == "STORE_DAMAGED"
    assert was_damaged(store.path)
