"""One principal has so many requests, turns, bytes and so much of the time, and no more."""

import asyncio
import time

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.budget import account as accounting
from c360_gateway.budget import accounts as keeping
from c360_gateway.budget.account import Account, Terms
from c360_gateway.budget.accounts import Accounts, Strangers
from c360_gateway.budget.bucket import Bucket
from c360_gateway.budget.rate_limited import RateLimited
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.tests.streams import FollowedLog, Socket, listen

QUERY = {"query": '{ customer(id: "c1") { id } }'}


def principal(subject="ann", issuer="one"):
    return Principal(subject, (), "", frozenset(), 0, issuer)


def account(share=1.0, **terms):
    return Account(Terms(**terms), lambda: share)


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@given(
    per_s=st.integers(1, 50),
    most=st.integers(1, 100),
    steps=st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60),
)
def test_a_bucket_never_gives_more_than_its_rate_and_what_it_held(per_s, most, steps):
    clock = Clock()
    bucket = Bucket(per_s, most, clock)
    taken = 0
    for tenths, wants in steps:
        clock.now_s += tenths / 10
        if wants and bucket.wait_s() == 0:
            bucket.spend(1)
            taken += 1
        assert taken <= most + clock.now_s * per_s + 1 + 1e-6


@given(per_s=st.integers(1, 50), cost=st.integers(1, 500))
def test_who_waits_as_long_as_it_is_told_is_let_in(per_s, cost):
    clock = Clock()
    bucket = Bucket(per_s, 10, clock)
    bucket.spend(10 + cost)
    wait_s = bucket.wait_s()
    clock.now_s += wait_s * 0.9
    assert bucket.wait_s() > 0
    clock.now_s += wait_s * 0.1 + 1e-6
    assert bucket.wait_s() == 0


async def test_two_thousand_requests_a_second_are_not_too_many():
    clock = Clock()
    one = account()
    one._requests._now_s, one._requests._at = clock, 0.0
    for _ in range(20_000):
        clock.now_s += 1 / 2_000
        one.request()


async def test_far_more_are():
    one = account(requests_per_s=100)
    with pytest.raises(RateLimited) as limited:
        for _ in range(1_000):
            one.request()
    assert limited.value.code == "RATE_LIMITED"


async def test_only_so_many_run_at_a_time_and_the_others_in_the_order_they_came():
    one, running, most, order = account(concurrent=3), 0, 0, []

    async def work(number):
        nonlocal running, most
        async with one.turn():
            order.append(number)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1

    await asyncio.gather(*(work(number) for number in range(20)))
    assert (most, order) == (3, list(range(20)))


async def test_the_queue_ends_somewhere_and_so_does_waiting():
    one, let_go = account(concurrent=1, queue=2, wait_s=0.5), asyncio.Event()

    async def work():
        async with one.turn():
            await let_go.wait()

    waiting = [asyncio.create_task(work()) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    with pytest.raises(RateLimited):
        await work()
    assert not any(task.done() for task in waiting)
    await asyncio.wait(waiting[1:])
    let_go.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in ended] == [type(None), RateLimited, RateLimited]
    await work()


async def test_who_leaves_the_queue_gives_its_place_back():
    one = account(concurrent=1)
    async with one.turn():
        waiting = asyncio.create_task(one.turn().__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(0.1), one.turn():
        pass


async def test_short_steps_slow_nobody_however_many():
    one = account(share=0.01)
    for _ in range(10_000):
        one.worked(0.0015)
    async with asyncio.timeout(0.1), one.turn():
        pass


async def test_long_steps_are_paid_for_one_request_at_a_time():
    one, running, most = account(share=0.5), 0, 0
    one.worked(accounting._BURST_S + 0.05)

    async def work():
        nonlocal running, most
        async with one.turn():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            one.worked(0.05)
            running -= 1

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(3)))
    assert most == 1
    assert time.monotonic() - began > 0.25


async def test_a_debt_that_takes_too_long_is_refused_with_when_to_come_again():
    one = account(share=0.1, wait_s=0.05)
    one.worked(accounting._BURST_S + 1.0)
    with pytest.raises(RateLimited) as limited:
        async with one.turn():
            pass
    assert 8 < limited.value.retry_after_s <= 10


async def test_who_is_alone_has_all_the_time_and_others_share_it():
    accounts = Accounts(Terms())
    accounts.of(principal("ann"))
    assert accounts._share() == 1
    for number in range(3):
        accounts.of(principal(f"other {number}"))
    assert accounts._share() == 0.25


async def test_a_subject_of_two_issuers_is_two_principals():
    accounts = Accounts(Terms())
    assert accounts.of(principal(issuer="one")) is accounts.of(principal(issuer="one"))
    assert accounts.of(principal(issuer="one")) is not accounts.of(principal(issuer="two"))


async def test_accounts_and_addresses_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(keeping, "_KEPT", 10)
    accounts, strangers = Accounts(Terms()), Strangers(100)
    kept = accounts.of(principal("kept"))
    for number in range(50):
        accounts.of(principal(str(number)))
        assert accounts.of(principal("kept")) is kept
        await strangers.turned_away(f"10.0.0.{number}")
    assert len(accounts._accounts) == 10
    assert len(strangers._buckets) == 10


async def test_guessing_tokens_becomes_slow_for_one_address_alone(monkeypatch):
    monkeypatch.setattr(keeping, "_HOLD_S", 0.05)
    strangers = Strangers(1)
    for _ in range(3):
        await strangers.turned_away("2001:db8::1")
    began = time.monotonic()
    with pytest.raises(RateLimited):
        await strangers.turned_away("2001:db8::2")
    assert time.monotonic() - began >= 0.05
    await strangers.turned_away("2001:db8:0:1::1")
    await strangers.turned_away("192.0.2.1")


async def test_so_many_strangers_are_held_back_and_the_others_refused_at_once(monkeypatch):
    monkeypatch.setattr(keeping, "_HOLD_S", 0.05)
    monkeypatch.setattr(keeping, "_HELD_BACK", 2)
    strangers, took = Strangers(0.001), []

    async def come():
        began = time.monotonic()
        with pytest.raises(RateLimited):
            await strangers.turned_away("192.0.2.1")
        took.append(time.monotonic() - began)

    await strangers.turned_away("192.0.2.1")
    for _ in range(3):
        took.clear()
        await asyncio.gather(*(come() for _ in range(4)))
        assert [one >= 0.05 for one in took] == [False, False, True, True]


# through the gateway


def error_of(reply):
    (error,) = reply.json()["errors"]
    return error["extensions"]


async def test_too_many_requests_get_429_and_when_to_come_again(make_world):
    world = await make_world(principal_requests_per_s=0.5)
    token = world.token("support_agent")
    replies = [await world.post(QUERY, token) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 429, 429]
    limited = replies[-1]
    assert error_of(limited)["code"] == "RATE_LIMITED"
    assert error_of(limited)["retryable"] is True
    assert limited.headers["retry-after"] == str(error_of(limited)["retryAfter"])
    assert 1 <= int(limited.headers["retry-after"]) <= 3
    assert "data" not in limited.json()


async def test_what_one_principal_sends_counts_in_bytes(make_world):
    world = await make_world(principal_bytes_per_s=1_000)
    token = world.token("support_agent")
    assert (await world.post({**QUERY, "pad": "x" * 20_000}, token)).status_code == 200
    limited = await world.post(QUERY, token)
    assert (limited.status_code, error_of(limited)["code"]) == (429, "RATE_LIMITED")


async def test_a_body_is_not_read_for_who_is_refused(make_world):
    world = await make_world(principal_requests_per_s=0.5)
    token = world.token("support_agent")
    for _ in range(2):
        await world.post(QUERY, token)

    async def unread():
        raise AssertionError("the body was read")

    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
    await world.gateway.app(scope, unread, send)
    assert sent[0]["status"] == 429


async def test_who_has_no_token_becomes_slow_and_others_do_not(make_world, monkeypatch):
    monkeypatch.setattr(keeping, "_HOLD_S", 0.01)
    world = await make_world(unauthenticated_per_s=1)
    replies = [await world.post(QUERY, "no.such.token") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [401, 401, 401, 429]
    assert (await world.post(QUERY, world.token("support_agent"))).status_code == 200


async def test_a_long_step_of_a_request_is_charged_to_whom_it_was_made_for(world, monkeypatch):
    charged = []
    monkeypatch.setattr(Account, "worked", lambda self, seconds: charged.append(seconds))
    people = world.subgraphs["people"]
    answer = people.inner.execute

    async def busy(*given):
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        return await answer(*given)

    people.inner.execute = busy
    # Two subgraphs at once: each is asked in a task of its own.
    await world.ask('{ customer(id: "c1") { id } customers { total } }', "support_agent")
    assert 0.05 <= sum(charged) < 0.5


async def test_what_comes_in_parts_has_a_turn_for_them_too(world, monkeypatch):
    turns, turn = [], Account.turn
    monkeypatch.setattr(Account, "turn", lambda self: turns.append(self) or turn(self))
    token = world.token("support_agent")
    await world.post(QUERY, token)
    assert len(turns) == 1
    query = '{ customer(id: "c1") { id ... @defer { profile { tier } } } }'
    reply = await world.post({"query": query}, token, accept="multipart/mixed")
    assert '"hasNext":false' in reply.text
    assert len(turns) == 3


async def test_a_turn_is_not_held_while_somebody_listens(make_world):
    world = await make_world(log=FollowedLog(), principal_concurrent=1, principal_wait_s=0.2)
    listening = [listen(world, "support_agent") for _ in range(3)]
    for reply in listening:
        assert await reply.started() == 200
    assert (await world.post(QUERY, world.token("support_agent"))).status_code == 200
    for reply in listening:
        await reply.hang_up()


async def test_whoever_breaks_off_gives_the_turn_back(make_world):
    world = await make_world(principal_concurrent=1, principal_wait_s=0.2)
    token = world.token("support_agent")
    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}

    async def gone():
        raise ConnectionResetError

    async def unasked(message):
        raise AssertionError(f"nobody is there to be sent {message['type']}")

    with pytest.raises(ConnectionResetError):
        await world.gateway.app(scope, gone, unasked)
    assert (await world.post(QUERY, token)).status_code == 200


async def opened(world):
    socket = Socket(world, token=world.token("support_agent"))
    await socket.say("connection_init")
    return socket, await socket.hear()


async def test_an_operation_too_many_on_a_socket_gets_the_same_code(make_world):
    world = await make_world(principal_requests_per_s=0.5)
    socket, connection = await opened(world)
    assert connection["type"] == "connection_ack"
    answers = []
    for number in range(4):
        await socket.say("subscribe", id=str(number), payload=QUERY)
        answers.append(await socket.hear())
        if answers[-1]["type"] == "next":
            await socket.hear()
    assert [one["type"] for one in answers] == ["next", "next", "error", "error"]
    assert answers[-1]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    await socket.hang_up()


async def test_a_principal_has_so_many_sockets_open(make_world):
    world = await make_world(subscriptions_per_principal=2)
    sockets = [await opened(world) for _ in range(3)]
    assert [
        connection if isinstance(connection, int) else connection["type"]
        for _, connection in sockets
    ] == [
        "connection_ack",
        "connection_ack",
        4429,
    ]
    await sockets[0][0].hang_up()
    assert (await opened(world))[1]["type"] == "connection_ack"


async def test_who_sends_too_much_over_a_socket_is_read_later(make_world):
    world = await make_world(principal_bytes_per_s=1_000)
    socket, _ = await opened(world)
    began = time.monotonic()
    await socket.say("ping", payload={"pad": "x" * 10_300})
    await socket.say("ping")
    assert (await socket.hear())["type"] == (await socket.hear())["type"] == "pong"
    assert time.monotonic() - began > 0.2
    await socket.hang_up()


async def test_an_account_is_of_the_issuer_and_subject_of_the_token(world):
    await world.post(QUERY, world.token("support_agent"))
    assert list(world.gateway.pipeline._accounts._accounts) == [("c360-local", "ann")]


REFUSED = {
    "no JSON": (b"{", {}),
    "no query": (b"{}", {}),
    "another media type": (b"a=1", {"content-type": "text/plain"}),
    "no GraphQL": (b'{"query": "{ customer("}', {}),
    "a field that is not there": (b'{"query": "{ nothing }"}', {}),
    "a mutation where none is": (b'{"query": "mutation { nothing }"}', {}),
}


@pytest.mark.parametrize(("body", "headers"), REFUSED.values(), ids=REFUSED)
async def test_what_is_refused_counts_as_several_requests(make_world, body, headers):
    world = await make_world(principal_requests_per_s=5)
    token = world.token("support_agent")
    statuses = [(await world.post(body, token, **headers)).status_code for _ in range(4)]
    assert (statuses[1] < 429, statuses[-1]) == (True, 429)
    other = world.token("support_agent", subject="bob")
    assert (await world.post(QUERY, other)).status_code == 200


async def test_what_is_answered_counts_once_and_so_does_the_first_step_of_a_protocol(make_world):
    world = await make_world(principal_requests_per_s=5)
    token = world.token("support_agent")
    hashed = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    replies = [await world.post(body, token) for body in (QUERY, hashed) * 4]
    assert [reply.status_code for reply in replies] == [200] * 8


async def test_what_is_refused_on_a_socket_counts_as_several_requests(make_world):
    world = await make_world(principal_requests_per_s=5)
    socket, _ = await opened(world)
    codes = []
    for number in range(4):
        await socket.say("subscribe", id=str(number), payload={"query": "{ nothing }"})
        codes.append((await socket.hear())["payload"][0]["extensions"]["code"])
    assert (codes[0], codes[-1]) == ("GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED")
    await socket.hang_up()


async def test_who_goes_on_after_429_is_answered_later_on_a_new_connection(make_world):
    world = await make_world(principal_requests_per_s=0.5)
    token = world.token("support_agent")
    for _ in range(2):
        await world.post(QUERY, token)
    began = time.monotonic()
    limited = await asyncio.gather(*(world.post(QUERY, token) for _ in range(8)))
    assert 0.2 < time.monotonic() - began < 10
    assert {reply.headers["connection"] for reply in limited} == {"close"}
