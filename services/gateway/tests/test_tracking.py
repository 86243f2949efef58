"""Segment's HTTP tracking API: existing clients work by another host name."""

import gzip
import json
import zlib

import pytest
from c360_gateway.http.tracking import PATHS
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import ACCOUNTS, CONSENTS, LINKS
from c360_kernel.metrics import TRACKING_CALLS, TRACKING_LEFT_OUT
from c360_kernel.record import Identifier, RecordKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.tests.conftest import World
from services.gateway.tests.tracking import Sender, basic, write_key

LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
CALL = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.just("x")
        for name in (
            "type", "userId", "anonymousId", "messageId", "event", "groupId", "previousId", "name",
            "traits", "properties", "context", "timestamp", "sentAt", "originalTimestamp",
        )
    },
)  # fmt: skip
TAKEN = {"success": True}
TRACK = {
    "messageId": "m1",
    "userId": "u1",
    "anonymousId": "a1",
    "event": "Order Completed",
    "properties": {"order_id": 17, "total": 12.5, "currency": "EUR"},
    "timestamp": "2026-01-31T08:00:00.123456+00:00",
}


@pytest.fixture
async def web(make_world, tmp_path):
    key = write_key(tmp_path)
    return Sender(await make_world(), key)


def at(shown):
    return [Identifier(*one) for one in shown]


async def test_a_call_is_on_the_log_and_answered_as_strict_clients_want_it(web):
    reply = await web.send("/v1/track", TRACK)
    assert (reply.status_code, reply.json()) == (200, TAKEN)
    [event] = await web.events()
    assert event.record == RecordKey("web", "u1")
    assert (event.name, event.message_id) == ("order_completed", "m1")
    assert dict(event.properties) == {"orderId": "17", "amount": 12.5, "currency": "EUR"}
    assert set(event.identifiers) == set(at([("account", "u1"), ("cookie", "a1")]))
    assert event.occurred_at == 1_769_846_400_123


async def test_who_a_user_is_and_what_was_seen_with_it(web):
    call = {
        "messageId": "m2",
        "userId": "u1",
        "anonymousId": "a1",
        "traits": {"email": "ann@example.com", "first_name": "Ann", "shoeSize": 38},
        "context": {"traits": {"city": "Bonn"}, "device": {"id": "d1"}},
        "timestamp": "2026-01-31T08:00:00Z",
    }
    assert (await web.send("/v1/identify", call)).json()["success"]
    [record] = await web.records()
    assert record.record == RecordKey("web", "u1")
    assert dict(record.traits) == {"email": "ann@example.com", "firstName": "Ann", "city": "Bonn"}
    assert Identifier("account", "u1") in record.identifiers
    assert record.named == (
        "identifiers.account", "traits.city", "traits.email", "traits.firstName",
    )  # fmt: skip
    [event] = await web.events()
    shown = [("account", "u1"), ("cookie", "a1"), ("device", "d1")]
    assert (event.name, set(event.identifiers)) == ("identified", set(at(shown)))
    assert await web.quarantined() == [("UNKNOWN_TRAIT", "traits.shoeSize", "upsertRecords")]


async def test_somebody_anonymous_is_a_record_of_their_own(web):
    call = {"anonymousId": "a1", "traits": {"city": "Bonn"}, "messageId": "m"}
    assert (await web.send("/v1/identify", call)).json() == TAKEN
    [record] = await web.records()
    assert record.record == RecordKey("web", "anonymous:a1")
    assert record.identifiers == (Identifier("cookie", "a1"),)


async def test_pages_and_screens_are_events(web):
    page = {"anonymousId": "a1", "name": "Home", "context": {"page": {"url": "https://x.example"}}}
    assert (await web.send("/v1/page", page)).json() == TAKEN
    assert (await web.send("/v1/screen", {"userId": "u", "name": "Start"})).json() == TAKEN
    first, second = await web.events()
    assert dict(first.properties) == {"page": "Home", "url": "https://x.example"}
    assert (second.name, dict(second.properties)) == ("page_viewed", {"page": "Start"})


async def test_a_group_is_an_account_that_its_user_belongs_to(web):
    call = {"userId": "u1", "groupId": "g1", "traits": {"name": "Acme", "employees": 7}}
    assert (await web.send("/v1/group", call)).json() == TAKEN
    [account] = await web.payloads(ACCOUNTS)
    assert (account.record, dict(account.traits)) == (
        RecordKey("web", "g1"),
        {"name": "Acme", "employees": 7},
    )
    [link] = await web.payloads(LINKS)
    assert (link.person, link.account, link.kind) == (
        RecordKey("web", "u1"),
        RecordKey("web", "g1"),
        "member",
    )


async def test_a_second_group_call_changes_what_it_names_alone(web):
    for traits in ({"name": "Acme", "employees": 7}, {"employees": 8, "mascot": "owl"}):
        call = {"userId": "u1", "groupId": "g1", "traits": traits}
        assert (await web.send("/v1/group", call)).json()["success"]
    first, second = await web.payloads(ACCOUNTS)
    assert first.named == ("traits.employees", "traits.name")
    assert (second.named, dict(second.traits)) == (("traits.employees",), {"employees": 8})
    refused = [("UNKNOWN_TRAIT", "traits.mascot", "upsertAccounts")]
    assert await web.quarantined() == refused


async def test_what_has_no_place_is_told_each_time_and_kept_once(web):
    before = TRACKING_LEFT_OUT.value("web", "order_completed")
    for number in range(3):
        properties = {"order_id": "o1", "couponBook": "x", "shelf": number}
        call = {**TRACK, "messageId": f"m{number}", "properties": properties}
        told = (await web.send("/v1/track", call)).json()
        assert told["success"]
        assert told["leftOut"] == [{"index": 0, "properties": ["couponBook", "shelf"]}]
        assert ("refused" in told) == (number == 0)
    assert len(await web.quarantined()) == 1
    assert TRACKING_LEFT_OUT.value("web", "order_completed") == before + 6


async def test_calls_are_counted_by_what_became_of_them(web):
    def counted():
        kinds = ("accepted", "partial", "refused", "duplicate")
        return [TRACKING_CALLS.value("track", kind) for kind in kinds]

    before = counted()
    calls = [
        {"type": "track", **TRACK},
        {"type": "track", **TRACK, "messageId": "m2", "properties": {"odd": 1}},
        {"type": "track", **TRACK, "messageId": "m3", "properties": {"total": "no number"}},
        {"type": "track", **TRACK},
    ]
    assert (await web.send("/v1/batch", {"batch": calls})).status_code == 200
    assert [now - one for now, one in zip(counted(), before, strict=True)] == [1, 1, 1, 1]


async def test_an_alias_is_evidence_between_two_ids(web):
    assert (await web.send("/v1/alias", {"userId": "u1", "previousId": "p1"})).json() == TAKEN
    [event] = await web.events()
    shown = [("account", "u1"), ("account", "p1"), ("cookie", "p1")]
    assert set(event.identifiers) == set(at(shown))


async def test_preferences_are_consents_told_once(web):
    context = {"consent": {"categoryPreferences": {"Marketing": True, "analytics": False}}}
    for id_ in ("m1", "m2"):
        await web.send("/v1/track", {**TRACK, "messageId": id_, "context": context})
    said = {one.purpose: one.status for one in await web.payloads(CONSENTS)}
    assert said == {"marketing": "granted", "analytics": "denied"}
    assert len(await web.payloads(CONSENTS)) == 2


@pytest.mark.parametrize("place", ["basic", "bearer", "plain", "body", "jitsu"])
async def test_a_write_key_is_shown_in_many_ways(web, place):
    headers = {
        "basic": basic(web.key),
        "bearer": {"authorization": f"Bearer {web.key}"},
        "plain": {"authorization": web.key},
        "jitsu": {"x-write-key": web.key},
    }.get(place, {})
    body = {**TRACK, "writeKey": web.key} if place == "body" else TRACK
    reply = await web.send("/v1/track", body, headers, key=False)
    assert reply.json() == TAKEN


@pytest.mark.parametrize(
    "headers", [{}, basic("nobody"), basic("c360_00_11"), {"authorization": "Basic ?"}]
)
async def test_an_unknown_key_is_told_nothing(web, headers):
    reply = await web.send("/v1/track", TRACK, headers, key=False)
    assert reply.status_code == 401
    assert reply.json()["code"] == "UNAUTHENTICATED"
    assert await web.events() == []


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zlib.compress], ids=["plain", "gzip", "deflate"]
)
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_is_what_it_is_whatever_its_labels_say(web, pack, encoding, type_):
    headers = {"content-type": type_} | ({"content-encoding": encoding} if encoding else {})
    reply = await web.send("/v1/track", pack(json.dumps(TRACK).encode()), headers)
    assert (reply.status_code, reply.json()) == (200, TAKEN)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "BODY_INVALID"),
        (b"[]", 400, "BODY_INVALID"),
        (b'{"a": NaN}', 400, "BODY_INVALID"),
        (gzip.compress(b"{}")[:-4], 400, "BODY_INVALID"),
        (gzip.compress(b" " * 10_000_000), 413, "BODY_TOO_LARGE"),
        (b" " * 600_000, 413, "BODY_TOO_LARGE"),
        (b'{"batch": {}}', 400, "FIELD_TYPE"),
        (json.dumps({"batch": [1] * 2_501}).encode(), 400, "TOO_MANY_ITEMS"),
    ],
    ids=["empty", "list", "nan", "cut", "bomb", "large", "no list", "many"],
)
async def test_what_is_no_request_is_refused_whole(web, body, status, code):
    reply = await web.send("/v1/batch", body)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.json()["message"]
    assert await web.quarantined() == []


async def test_a_batch_is_taken_but_for_its_bad_calls(web):
    calls = [
        {**TRACK, "type": "track"},
        {**TRACK, "type": "track", "messageId": "m2", "properties": {"amount": "many"}},
        {**TRACK, "type": "track", "messageId": "m3", "event": "Nothing Known"},
        {"type": "track", "messageId": "m4", "event": "Order Completed"},
        {"type": "else", "userId": "u1"},
        "no call",
        {**TRACK, "type": "track", "messageId": "m" * 101},
        {**TRACK, "type": "track", "messageId": "m5", "properties": {"orderId": "x" * 40_000}},
    ]
    reply = await web.send("/v1/batch", {"batch": calls})
    assert reply.status_code == 200
    told = [(one["index"], one["code"], one["path"]) for one in reply.json()["refused"]]
    assert told == [
        (1, "PROPERTY_TYPE", "properties.amount"),
        (2, "UNKNOWN_EVENT", "name"),
        (3, "FIELD_MISSING", "userId"),
        (4, "FIELD_TYPE", "type"),
        (5, "FIELD_TYPE", ""),
        (6, "FIELD_TOO_LONG", "messageId"),
        (7, "ITEM_TOO_LARGE", ""),
    ]
    assert [one.message_id for one in await web.events()] == ["m1"]
    assert sorted(one[0] for one in await web.quarantined()) == sorted(one[1] for one in told)


async def test_a_call_that_is_none_is_refused(web):
    reply = await web.send("/v1/track", {"userId": "u1", "messageId": "m"})
    assert (reply.status_code, reply.json()["code"]) == (400, "FIELD_MISSING")


async def test_what_the_batch_says_for_all_goes_into_each_call(web):
    batch = {
        "batch": [{**TRACK, "type": "track", "context": {"externalIds": []}}],
        "context": {"device": {"id": "d1"}},
    }
    assert (await web.send("/v1/batch", batch)).json() == TAKEN
    [event] = await web.events()
    assert Identifier("device", "d1") in event.identifiers


async def test_a_call_that_is_sent_again_costs_the_log_nothing(web):
    batch = {"batch": [{**TRACK, "type": "track"}, {**TRACK, "type": "track"}]}
    for _ in range(3):
        assert (await web.send("/v1/batch", batch)).json() == TAKEN
    assert len(await web.events()) == 1
    assert len(await web.audited()) == 1


async def test_a_call_without_an_id_is_the_same_when_it_is_sent_again(web):
    call = {name: value for name, value in TRACK.items() if name != "messageId"}
    for sent_at in ("2026-01-31T08:00:01Z", "2026-01-31T08:00:02Z"):
        await web.send("/v1/track", {**call, "sentAt": sent_at})
    assert len(await web.events()) == 1


async def test_what_is_written_is_on_record_as_a_mutation_is(web):
    await web.send("/v1/batch", {"batch": [{**TRACK, "type": "track"}]})
    [act] = await web.audited()
    assert (act.principal, act.operation_kind, act.outcome) == ("web", "mutation", "answered")
    [use] = act.uses
    assert (use.coordinate, use.use, use.decision, use.objects) == (
        "Mutation.trackEvents",
        "write",
        "allow",
        1,
    )
    assert use.rule == "connector-write"
    assert len(act.subjects) == 1
    assert act.token_id


async def test_a_key_of_several_sources_says_which_with_none(make_world, tmp_path):
    key = write_key(tmp_path, "web", "crm")
    reply = await Sender(await make_world(), key).send("/v1/track", TRACK)
    assert (reply.status_code, reply.json()["code"]) == (403, "SOURCE_UNCLEAR")


async def test_who_may_not_write_is_told_so_and_nothing_is_kept(make_world, tmp_path):
    key = write_key(tmp_path, roles=("support_agent",))
    web = Sender(await make_world(), key)
    reply = await web.send("/v1/track", TRACK)
    assert (reply.status_code, reply.json()["code"]) == (403, "WRITE_DENIED")
    assert await web.quarantined() == []
    assert [one.code for one in await web.world.acts()] == ["WRITE_DENIED"]


async def test_who_sends_too_much_is_told_when_to_come_again(make_world, tmp_path):
    key = write_key(tmp_path)
    web = Sender(await make_world(principal_requests_per_s=0.001), key)
    first, second = [await web.send("/v1/track", TRACK) for _ in range(2)]
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (429, "RATE_LIMITED")
    assert int(second.headers["retry-after"]) >= 1
    assert {"x-ratelimit-limit", "x-ratelimit-remaining"} <= set(second.headers)


async def test_only_post_calls(web):
    assert (await web.send("/v1/track", b"", method="GET")).status_code == 405


async def test_the_doors_are_described(web):
    reply = await web.send("/openapi.json", b"", method="GET", key=False)
    assert reply.json()["openapi"].startswith("3.1")
    assert set(reply.json()["paths"]["/connect/{name}"]) == {"get", "post"}
    calls = ("identify", "track", "page", "screen", "group", "alias", "batch")
    settings_of_pages = "/v1/projects/{key}/settings"
    others = {settings_of_pages, "/v1/cloudevents", "/connect/{name}"}
    assert set(reply.json()["paths"]) == others | {*(f"/v1/{name}" for name in calls)}
    for path, call in PATHS.items():
        told = reply.json()["paths"][f"/v1/{call}"]["post"]["description"]
        assert path in (f"/v1/{call}", *told.replace(",", "").split())
    assert (await web.send("/openapi.json", b"")).status_code == 405


async def test_pages_of_listed_origins_may_call(make_world, tmp_path):
    key = write_key(tmp_path)
    web = Sender(await make_world(cors_origins="https://shop.example"), key)
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    reply = await web.send("/v1/t", b"", asked, method="OPTIONS", key=False)
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    reply = await web.send("/v1/t", TRACK, {"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in reply.headers


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_whatever_comes_is_answered_and_never_by_a_fault(web, data):
    name = data.draw(st.sampled_from(["track", "identify", "group", "alias", "page", "batch"]))
    body = data.draw(st.one_of(JSON, CALL.map(lambda one: {**one, "batch": [one, 1, one]})))
    reply = await web.send(f"/v1/{name}", body)
    assert reply.status_code in (200, 400, 413, 429)
    assert reply.status_code == 200 or {"code", "message"} <= set(reply.json())


class Unsteady(MemoryLog):
    """A log that takes one append and then none."""

    is_full = False

    async def append(self, entries):
        self.is_full = not self.is_full
        if not self.is_full:
            raise Transient("no room", code="LOG_FULL")
        return await super().append(entries)


SENT = st.lists(
    st.sampled_from(["good", "unknown event", "no user", "no object"]), min_size=1, max_size=12
)
WRONG = {"unknown event": {"event": "Nobody Knows"}, "no user": {"userId": None}}


def sent_as(kind, number):
    if kind == "no object":
        return number
    call = {**TRACK, "type": "track", "anonymousId": None, "messageId": f"m{number}"}
    return {**call, **WRONG.get(kind, {})}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(SENT, min_size=1, max_size=6))
async def test_a_batch_is_taken_whole_or_not_at_all(tmp_path_factory, batches):
    directory = tmp_path_factory.mktemp("unsteady")
    key = write_key(directory)
    web = Sender(await World(directory, log=Unsteady()).start(), key)
    number = 0
    for kinds in batches:
        calls = [sent_as(kind, number + place) for place, kind in enumerate(kinds)]
        number += len(calls)
        before = len(await web.events()), len(await web.quarantined())
        reply = await web.send("/v1/batch", {"batch": calls})
        after = len(await web.events()), len(await web.quarantined())
        good = kinds.count("good")
        new = (good, len(kinds) - good) if reply.status_code == 200 else (0, 0)
        assert reply.status_code in (200, 503)
        assert (after[0] - before[0], after[1] - before[1]) == new
