"""Answers that come in parts or events: by the policy of the moment, and on record first."""

import asyncio
import json

import pytest
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.auth.revocation import Revocation, append_revocation
from c360_gateway.http import token_expiry
from c360_gateway.query.subscriber import AuditedSubscriber
from c360_kernel.asgi import ABORT
from c360_kernel.log.topics import RECORDS

from services.gateway.tests.streams import (
    EVENTS,
    JOINED,
    SOON_S,
    FollowedLog,
    Reply,
    Socket,
    customer,
    listen,
)

PARTS = "multipart/mixed;deferSpec=20220824, application/json"
DEFERRED = '{ customer(id: "c1") { id ... @defer(label: "more") { profile { phone tier } } } }'
FEWER = """
p, support_agent, *, read, , allow, *, , , r1
p, support_agent, operation:ad-hoc, ask, , allow, *, , , r2
"""
WRITE = """mutation { upsertRecords(records: [
  {source: "crm", key: "k1", revision: 1, traits: {name: "Ann"}}]) { accepted } }"""
WRITE_IN_PARTS = WRITE.replace("accepted", "accepted ... @defer { refused }")
OTHERS_ASK = """
p, support_agent, *, read, , allow, *, , , r1
p, somebody_else, operation:ad-hoc, ask, , allow, *, , , r2
"""


@pytest.fixture
def world(followed_world):
    return followed_world


def codes(payload):
    return [one["extensions"]["code"] for one in payload["errors"]]


# events


async def test_each_event_is_enriched_masked_and_on_record(world, change):
    reply = listen(world, "support_agent")
    assert await reply.started() == 200
    assert reply.headers["content-type"].startswith(EVENTS)
    assert reply.headers["cache-control"] == "no-store"
    for name in ("c1", "c2"):
        await change(name)
        kind, payload = await reply.event()
        assert (kind, "errors" in payload) == ("next", False)
        assert customer(payload) == {
            "id": name, "mainPhone": "***8000",
            "profile": {"name": "Ann", "phone": "***8000"},
        }  # fmt: skip
    await reply.hang_up()
    begun, first, second = await world.audited()
    assert [one.outcome for one in (begun, first, second)] == ["subscribed", *["answered"] * 2]
    assert {one.operation_kind for one in (begun, first, second)} == {"subscription"}
    assert (len(begun.subjects), len(first.subjects), len(second.subjects)) == (0, 1, 1)
    assert first.subjects != second.subjects
    uses = {use.coordinate: use.decision for use in first.uses}
    assert uses["Profile.phone"] == "mask:partial(3,4,4)"


async def test_what_may_not_be_read_is_cut_from_each_event(world, change):
    reply = listen(world, "marketing_analyst")
    await reply.started()
    await change("c1")
    _, payload = await reply.event()
    assert customer(payload) == {"id": "c1", "mainPhone": None, "profile": None}
    assert set(codes(payload)) == {"FIELD_DENIED"}
    assert world.subgraphs["profiles"].calls == []


async def test_a_policy_that_changes_counts_from_the_next_event_on(world, change):
    reply = listen(world, "support_agent")
    await reply.started()
    await change("c1")
    assert customer((await reply.event())[1])["mainPhone"] == "***8000"
    world.publish(FEWER)
    await change("c2")
    _, payload = await reply.event()
    assert customer(payload) == {"id": "c2", "mainPhone": None, "profile": None}
    assert codes(payload) == ["FIELD_DENIED"] * 3
    *_, before, after = await world.audited()
    assert before.policy_version != after.policy_version
    assert {u.decision for u in after.uses if u.coordinate == "Customer.mainPhone"} == {"deny"}


async def test_a_service_is_told_the_caller_by_the_policy_of_each_event(world, change):
    reply, told = listen(world, "support_agent"), []
    await reply.started()
    for policy in (None, f"{FEWER}p, support_agent, tag:name, read, , allow, *, , , r3\n"):
        if policy is not None:
            world.publish(policy)
        await change("c1")
        assert customer((await reply.event())[1])["profile"]["name"] == "Ann"
        told.append({(one.policy_version, one.visibility.text) for one in asked_profiles(world)})
    before, after = told
    assert len(before) == len(after) == 1
    assert {one[0] for one in after} == {world.gateway.pipeline.graph.tables.policy_version}
    assert {one[1] for one in before}.isdisjoint(one[1] for one in after)
    await reply.hang_up()


def asked_profiles(world):
    """Whom the service was told that asks it, since this was looked at last."""
    callers = world.subgraphs["profiles"].callers
    told, callers[:] = list(callers), []
    return told


async def test_a_policy_that_changes_leaves_out_no_event_that_waits(world, change):
    reply = listen(world, "support_agent")
    await reply.started()
    await change("c1")
    await reply.event()
    world.publish(FEWER)
    names = ["c2", "c1", "c2"]
    for name in names:
        await change(name)
    received = [customer((await reply.event())[1]) for _ in names]
    assert sorted(one["id"] for one in received) == sorted(names)
    assert all((one["mainPhone"], one["profile"]) == (None, None) for one in received)


HIDES_ENTERED = f"{FEWER}p, support_agent, SegmentChange.entered, read, , deny, *, , , r3\n"
AFTER = """subscription { segmentChanged(name: "vip"%s) { cursor entered customer { id } } }"""


@pytest.mark.parametrize("is_after", [True, False])
async def test_what_begins_anew_by_another_policy_goes_on_after_what_was_told(
    world, change, is_after
):
    """Else it would tell again all since its cursor, or leave out what waits."""
    query = AFTER % ""
    if is_after:
        reply = listen(world, "support_agent", query)
        await reply.started()
        await change("c1")
        cursor = (await reply.event())[1]["data"]["segmentChanged"]["cursor"]
        await reply.hang_up()
        query = AFTER % f', after: "{cursor}"'
    world.publish(HIDES_ENTERED)
    reply = listen(world, "support_agent", query)
    await reply.started()

    async def told(*names):
        """What is told of these who enter; None where the event may not be shown."""
        for name in names:
            await change(name)
        payloads = [(await reply.event())[1] for _ in names]
        return [one["data"] and customer(one)["id"] for one in payloads]

    assert await told("c1", "c1") == [None, None]
    world.publish(FEWER)
    assert await told("c1", "c1", "c1") == [None, "c1", "c1"]
    assert await told("c2") == ["c2"]
    await reply.hang_up()


async def test_who_may_not_ask_any_more_hears_no_more(world, change):
    reply = listen(world, "support_agent")
    await reply.started()
    world.publish(OTHERS_ASK)
    await change("c1")
    assert codes((await reply.event())[1]) == ["DOCUMENT_NOT_TRUSTED"]
    assert await reply.event() == ("complete", None)


async def test_a_subscription_ends_with_its_token(world, change):
    reply = listen(world, "support_agent", lifetime_s=2)
    await reply.started()
    await change("c1")
    assert customer((await reply.event())[1])["id"] == "c1"
    assert codes((await reply.event())[1]) == ["SUBSCRIPTION_EXPIRED"]
    assert await reply.event() == ("complete", None)
    await asyncio.wait_for(reply.running, SOON_S)


async def test_a_silent_subscription_ends_when_its_token_is_taken_back(world, change):
    app, revoked = world.gateway.app, world.settings.revoked_file
    async with app.router.lifespan_context(app):
        mine = listen(world, "support_agent", lifetime_s=60)
        await mine.started()
        append_revocation(revoked, Revocation(subject="nobody"))
        await asyncio.sleep(1.2)
        await change("c1")
        assert customer((await mine.event())[1])["id"] == "c1"
        append_revocation(revoked, Revocation(subject="ann"))
        async with asyncio.timeout(2):
            assert codes((await mine.event())[1]) == ["UNAUTHENTICATED"]
        assert await mine.event() == ("complete", None)
        await asyncio.wait_for(mine.running, SOON_S)


async def test_who_takes_nothing_is_cut_off_when_the_token_ends(world, monkeypatch):
    monkeypatch.setattr(token_expiry, "_GRACE_S", 0.05)
    key = local_key(world.settings.issuer_key_file)
    stuck, cut = asyncio.Event(), asyncio.Event()

    async def send(_):
        stuck.set()
        await cut.wait()

    async def receive():
        if stuck.is_set():
            await cut.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": json.dumps({"query": JOINED}).encode()}

    token = mint(key, "ann", ["support_agent"], lifetime_s=2)
    headers = {"accept": EVENTS, "content-type": "application/json"}
    sent = {**headers, "authorization": f"Bearer {token}"}
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "extensions": {ABORT: cut.set},
    }  # fmt: skip
    await asyncio.wait_for(world.gateway.app(scope, receive, send), SOON_S)
    assert cut.is_set()


async def test_an_event_that_cannot_be_put_on_record_is_withheld(world, change):
    reply = listen(world, "privacy_officer")
    await reply.started()
    await world.log.followed.wait()
    world.log.fails_after = 1
    await change("c1")
    _, payload = await reply.event()
    assert payload["errors"][0]["extensions"] == {
        "code": "AUDIT_UNAVAILABLE",
        "retryable": True,
        "reason": "LOG_FULL",
    }
    assert "data" not in payload
    assert world.PHONE not in str(payload)
    assert await reply.event() == ("complete", None)


async def test_what_cannot_be_put_on_record_does_not_begin(world):
    world.log.fails_after = 0
    reply = listen(world, "privacy_officer")
    await reply.started()
    assert codes((await reply.event())[1]) == ["AUDIT_UNAVAILABLE"]
    assert not world.log.followed.is_set()


async def test_whoever_may_hear_nothing_is_told_so_and_it_is_on_record(world):
    reply = listen(world, "connector")
    await reply.started()
    assert set(codes((await reply.event())[1])) == {"FIELD_DENIED", "ARGUMENT_DENIED"}
    assert [one.outcome for one in await world.audited()] == ["refused"]
    assert not world.log.followed.is_set()


async def test_a_fault_of_ours_in_an_event_says_nothing(world, change, caplog, monkeypatch):
    reply = listen(world, "privacy_officer")
    await reply.started()
    await world.log.followed.wait()

    def fail(*_):
        raise ValueError(f"cannot show {world.PHONE}")

    # The segment's gate looks at policy before the event is anybody's.
    monkeypatch.setattr(AuditedSubscriber, "moment", fail)
    await change("c1")
    _, payload = await reply.event()
    (error,) = payload["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["traceId"] in caplog.text
    assert world.PHONE not in caplog.text + str(payload)


async def test_a_subscriber_that_hangs_up_leaves_nothing_behind(world, change):
    before = asyncio.all_tasks()
    reply = listen(world, "support_agent")
    await reply.started()
    await change("c1")
    await reply.event()
    await reply.hang_up()
    async with asyncio.timeout(SOON_S):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.01)


async def test_one_principal_has_so_many_subscriptions_open_and_no_more(make_world):
    world = await make_world(log=FollowedLog(), subscriptions_per_principal=2)
    first, second = [listen(world, "support_agent") for _ in range(2)]
    for one in (first, second):
        await one.started()
    while world.log.recorded < 2:
        await asyncio.sleep(0.01)
    third = listen(world, "marketing_analyst")
    await third.started()
    assert codes((await third.event())[1]) == ["SUBSCRIPTION_LIMIT"]
    assert await third.event() == ("complete", None)
    other = listen(world, "support_agent", subject="bob")
    await other.started()
    while world.log.recorded < 3:
        await asyncio.sleep(0.01)
    await first.hang_up()
    again = listen(world, "support_agent")
    await again.started()
    while world.log.recorded < 4:
        await asyncio.sleep(0.01)
    for one in (second, other, again):
        await one.hang_up()


async def test_a_single_answer_can_be_taken_as_an_event(world):
    reply = listen(world, "support_agent", '{ customer(id: "c1") { id } }')
    await reply.started()
    assert await reply.event() == ("next", {"data": {"customer": {"id": "c1"}}})
    assert await reply.event() == ("complete", None)


async def test_a_subscription_is_not_given_to_whoever_takes_one_answer(world):
    reply = await world.post({"query": JOINED}, world.token("support_agent"))
    assert reply.status_code == 406
    assert codes(reply.json()) == ["NOT_ACCEPTABLE"]


async def test_nobody_listens_without_a_token(world):
    reply = Reply(world, {"query": JOINED}, EVENTS, None)
    assert await reply.started() == 401


# parts


async def test_a_deferred_part_comes_later_masked_and_each_part_is_on_record_first(world):
    reply = Reply(world, {"query": DEFERRED}, PARTS, world.token("support_agent"))
    assert await reply.started() == 200
    assert reply.headers["content-type"].startswith("multipart/mixed")
    first = await reply.part()
    assert (first["data"], first["hasNext"]) == ({"customer": {"id": "c1"}}, True)
    recorded = len(await world.audited())
    part = await reply.part()
    (delivered,) = part["incremental"]
    assert delivered["data"] == {"profile": {"phone": "***8000", "tier": "gold"}}
    assert (delivered["path"], delivered["label"]) == (["customer"], "more")
    assert part["hasNext"] is False
    entries = await world.audited()
    assert recorded >= 1
    assert [(one.outcome, len(one.subjects)) for one in entries] == [("answered", 1)] * 2


async def test_what_is_denied_is_denied_in_parts_too(world):
    reply = Reply(world, {"query": DEFERRED}, PARTS, world.token("marketing_analyst"))
    await reply.started()
    first = await reply.part()
    assert codes(first) == ["FIELD_DENIED"]
    (delivered,) = (await reply.part())["incremental"]
    assert delivered["data"] == {"profile": {"phone": None, "tier": "gold"}}
    assert not any("phone" in query for query in world.calls)


async def test_a_part_that_cannot_be_put_on_record_is_withheld(world):
    world.log.fails_after = 1
    reply = Reply(world, {"query": DEFERRED}, PARTS, world.token("privacy_officer"))
    await reply.started()
    assert await reply.part() == {"data": {"customer": {"id": "c1"}}, "hasNext": True}
    part = await reply.part()
    assert codes(part) == ["AUDIT_UNAVAILABLE"]
    assert part == {"errors": part["errors"], "hasNext": False}
    assert world.PHONE not in str(part)


async def test_whoever_takes_one_answer_gets_it_whole(world):
    reply = await world.post({"query": DEFERRED}, world.token("privacy_officer"))
    profile = {"phone": world.PHONE, "tier": "gold"}
    assert reply.json() == {"data": {"customer": {"id": "c1", "profile": profile}}}
    assert len(await world.audited()) == 1


async def test_what_is_written_is_answered_whole(world):
    reply = Reply(world, {"query": WRITE_IN_PARTS}, PARTS, world.token("connector", sources=["*"]))
    assert await reply.started() == 200
    assert reply.headers["content-type"].startswith("application/json")


# sockets


async def open_socket(world, token, **init):
    socket = Socket(world, token=token)
    await socket.say("connection_init", **init)
    return socket, await socket.hear()


async def test_a_socket_carries_events_and_single_answers(world, change):
    socket, connection = await open_socket(world, world.token("support_agent"))
    assert connection == {"type": "connection_ack"}
    await socket.say("subscribe", id="1", payload={"query": JOINED})
    await change("c1")
    event = await socket.hear()
    assert (event["id"], event["type"]) == ("1", "next")
    assert customer(event["payload"])["mainPhone"] == "***8000"
    await socket.say("subscribe", id="2", payload={"query": '{ customer(id: "c1") { id } }'})
    answer = {"data": {"customer": {"id": "c1"}}}
    assert await socket.hear() == {"id": "2", "type": "next", "payload": answer}
    assert await socket.hear() == {"id": "2", "type": "complete"}
    await socket.hang_up()
    outcomes = [one.outcome for one in await world.audited()]
    assert outcomes == ["subscribed", "answered", "answered"]


async def test_a_token_may_come_with_the_first_message(world):
    token = f"Bearer {world.token('support_agent')}"
    for name in ("authorization", "Authorization"):
        _, connection = await open_socket(world, None, payload={name: token})
        assert connection == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [{}, {"authorization": "Bearer x"}, {"authorization": 5}, None])
async def test_a_socket_without_a_good_token_is_closed(world, payload):
    _, connection = await open_socket(world, None, payload=payload)
    assert connection == 4403


async def test_a_header_that_is_wrong_is_not_made_good_by_the_first_message(world):
    good = {"authorization": f"Bearer {world.token('support_agent')}"}
    assert (await open_socket(world, "wrong", payload=good))[1] == 4403


async def test_a_socket_is_closed_when_its_token_expires(world):
    key = local_key(world.settings.issuer_key_file)
    socket, connection = await open_socket(world, mint(key, "ann", ["support_agent"], lifetime_s=2))
    assert connection == {"type": "connection_ack"}
    await socket.say("subscribe", id="1", payload={"query": JOINED})
    connection = await socket.hear()
    if connection != 4403:
        assert codes({"errors": connection["payload"]}) == ["SUBSCRIPTION_EXPIRED"]
        assert await socket.hear() == 4403


async def test_the_legacy_protocol_is_refused(world):
    socket = Socket(world, "graphql-ws", token=world.token("support_agent"))
    assert await socket.hear() == 4406


async def test_policy_holds_on_a_socket(world):
    socket, _ = await open_socket(world, world.token("janitor"))
    await socket.say("subscribe", id="1", payload={"query": JOINED})
    message = await socket.hear()
    assert message["type"] == "error"
    assert codes({"errors": message["payload"]}) == ["DOCUMENT_NOT_TRUSTED"]


@pytest.fixture
def slow_write(world):
    """Two moments: a write has reached the log, and the log takes it."""
    reached, released, append = asyncio.Event(), asyncio.Event(), world.log.append

    async def slow(entries):
        if entries[0].topic == RECORDS:
            reached.set()
            await released.wait()
        return await append(entries)

    world.log.append = slow
    return reached, released


async def test_who_leaves_before_the_answer_leaves_the_write_on_record(world, slow_write):
    reached, released = slow_write
    socket, _ = await open_socket(world, world.token("connector", sources=["*"]))
    await socket.say("subscribe", id="1", payload={"query": WRITE})
    await asyncio.wait_for(reached.wait(), SOON_S)
    await socket.hang_up()
    released.set()
    async with asyncio.timeout(SOON_S):
        while not (entries := await world.audited()):
            await asyncio.sleep(0.01)
    assert [one.operation_kind for one in entries] == ["mutation"]
