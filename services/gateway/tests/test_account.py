"""What an account counts, and that all of it is given back."""

import asyncio
import time

import pytest
from c360_federation.errors import RequestRefused
from c360_gateway.budget import account as accounting
from c360_gateway.budget.account import Account, Terms
from c360_gateway.budget.rate_limited import RateLimited
from hypothesis import given
from hypothesis import strategies as st


def account(share=1.0, **terms):
    return Account(Terms(**terms), lambda: share)


def code(refused):
    problem = refused.value
    return (
        problem.code
        if isinstance(problem, RateLimited)
        else problem.errors[0]["extensions"]["code"]
    )


@pytest.mark.parametrize(
    ("kind", "expected"), [("socket", "RATE_LIMITED"), ("subscription", "SUBSCRIPTION_LIMIT")]
)
@given(opens=st.lists(st.booleans(), max_size=30))
def test_so_many_are_open_and_whatever_closes_makes_room_for_one(kind, expected, opens):
    one, held = account(subscriptions=3), []
    for wants in opens:
        if not wants:
            if held:
                held.pop().__exit__(None, None, None)
            continue
        block = getattr(one, kind)()
        if len(held) < 3:
            block.__enter__()
            held.append(block)
        else:
            with pytest.raises((RateLimited, RequestRefused)) as refused:
                block.__enter__()
            assert code(refused) == expected
    for block in held:
        block.__exit__(None, None, None)


@pytest.mark.parametrize("kind", ["socket", "subscription"])
def test_what_fails_makes_room_too(kind):
    one = account(subscriptions=1)
    for _ in range(3):
        with pytest.raises(KeyError), getattr(one, kind)():
            raise KeyError


def test_ten_seconds_of_bytes_may_come_at_once_and_are_paid_for():
    one = account(bytes_per_s=1_000)
    one.sent(9_000)
    one.request()
    one.sent(3_000)
    with pytest.raises(RateLimited) as refused:
        one.request()
    assert 1.8 < refused.value.retry_after_s <= 2


def test_two_seconds_of_requests_may_come_at_once():
    one, admitted = account(requests_per_s=10), 0
    with pytest.raises(RateLimited) as refused:
        while admitted < 40:
            one.request()
            admitted += 1
    assert 20 <= admitted <= 25
    assert 0 < refused.value.retry_after_s <= 0.1


def test_a_refused_request_costs_as_much_as_several():
    one, refused = account(requests_per_s=10), 0
    with pytest.raises(RateLimited):
        while refused < 40:
            one.request()
            one.refused()
            refused += 1
    assert 4 <= refused <= 5


async def test_whoever_was_told_to_wait_has_its_answer_later_so_many_at_a_time(monkeypatch):
    monkeypatch.setattr(accounting, "_HOLD_S", 0.03)
    monkeypatch.setattr(accounting, "_HELD_BACK", 2)
    one, took = account(), []

    async def told_to_wait():
        began = time.monotonic()
        await one.hold_back()
        took.append(time.monotonic() - began)

    for _ in range(3):
        took.clear()
        await asyncio.gather(*(told_to_wait() for _ in range(4)))
        assert [held >= 0.03 for held in took] == [False, False, True, True]


async def test_large_bodies_are_made_out_one_at_a_time():
    one, running, most = account(wait_s=60), 0, 0

    async def make_out():
        nonlocal running, most
        async with one.large_body():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1

    await asyncio.gather(*(make_out() for _ in range(5)))
    assert most == 1


async def test_a_large_body_is_not_waited_for_too_long():
    one = account(wait_s=0.05)
    async with one.large_body():
        with pytest.raises(RateLimited):
            async with one.large_body():
                pytest.fail("made out beside another")
    async with one.large_body():
        pass


async def test_a_large_body_is_paid_for_before_it_is_made_out():
    one = account(share=0.1, wait_s=0.05)
    one.worked(10)
    with pytest.raises(RateLimited):
        async with one.large_body():
            pytest.fail("made out")


async def test_whoever_has_waited_leaves_room_in_the_queue():
    one = account(concurrent=1, queue=2)

    async def work():
        async with one.turn():
            await asyncio.sleep(0.002)

    for _ in range(5):
        ended = await asyncio.gather(*(work() for _ in range(4)), return_exceptions=True)
        assert [type(one) for one in ended] == [*[type(None)] * 3, RateLimited]


async def test_who_waits_for_a_place_runs_beside_others_then():
    one, running, seen = account(concurrent=3), 0, []

    async def work():
        nonlocal running
        async with one.turn():
            running += 1
            await asyncio.sleep(0.002)
            seen.append(running)
            running -= 1

    await asyncio.gather(*(work() for _ in range(12)))
    assert max(seen[6:]) == 3


@pytest.mark.parametrize("waited", [False, True])
async def test_a_turn_that_was_ended_is_not_ended_again(waited):
    one = account(concurrent=1)
    first, turn = one.turn(), one.turn()
    if waited:
        await first.__aenter__()
        entering = asyncio.create_task(turn.__aenter__())
        await asyncio.sleep(0)
        first.end()
        await entering
    else:
        await turn.__aenter__()
    for _ in range(3):
        turn.end()
    async with one.turn():
        waiting = asyncio.create_task(one.turn().__aenter__())
        await asyncio.sleep(0.01)
        assert not waiting.done()
    (await waiting).end()


async def test_what_was_sent_is_waited_for_before_the_next_message():
    one = account(bytes_per_s=1_000)
    loop = asyncio.get_running_loop()
    unhindered = asyncio.create_task(one.pace())
    await asyncio.sleep(0)
    assert unhindered.done()
    began = loop.time()
    one.sent(10_050)
    await one.pace()
    assert loop.time() - began > 0.04
