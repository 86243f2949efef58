"""Heavy requests of one principal: one at a time, beside the loop where that can be, and paid."""

import asyncio
import time

import pytest
from c360_gateway.budget import account as accounting
from c360_gateway.budget.account import Account, Terms
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.http import exchange
from c360_gateway.query import pipeline

QUERY = '{ customer(id: "c1") { id } }'


def account(share=1.0, **terms):
    return Account(Terms(**terms), lambda: share)


async def test_who_has_little_time_left_runs_one_at_a_time_before_there_is_a_debt():
    one, running, most = account(), 0, 0
    one.worked(accounting._BURST_S * 0.9)

    async def work():
        nonlocal running, most
        async with one.turn():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001)
            running -= 1

    await asyncio.gather(*(work() for _ in range(5)))
    assert most == 1


async def test_large_bodies_are_made_out_one_at_a_time_each_once_the_last_is_paid():
    one, ends = account(share=0.5), []
    one.worked(accounting._BURST_S)

    async def work():
        async with one.large_body():
            one.worked(0.05)
            ends.append(time.monotonic())

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(3)))
    # Each is no sooner than those before it allow; how much later is up to the machine.
    assert all(ended - began > 0.08 * place for place, ended in enumerate(ends))


async def test_large_bodies_that_wait_too_long_are_refused():
    one = account(wait_s=0.02)
    async with one.large_body():
        with pytest.raises(RateLimited):
            async with one.large_body():
                pass
    async with one.large_body():
        pass


async def test_a_large_body_waits_for_the_last_and_a_small_one_does_not(world, monkeypatch):
    monkeypatch.setattr(exchange, "_LARGE_BYTES", 1_000)
    token = world.token("support_agent")
    await world.post({"query": QUERY}, token)
    (one,) = world.gateway.pipeline._accounts._accounts.values()
    async with one.large_body():
        waiting = asyncio.create_task(world.post({"query": QUERY, "pad": "x" * 2_000}, token))
        assert (await world.post({"query": QUERY}, token)).status_code == 200
        await asyncio.sleep(0.02)
        assert not waiting.done()
    assert (await waiting).status_code == 200
    # It is held no longer than it takes to make out the body.
    assert not one._large.locked()


@pytest.fixture
def charged(monkeypatch):
    collected = []
    monkeypatch.setattr(Account, "worked", lambda self, seconds: collected.append(seconds))
    return collected


async def test_a_long_text_is_read_beside_the_loop_once_and_is_paid(world, monkeypatch, charged):
    monkeypatch.setattr(pipeline, "_LONG", 10)
    engine = world.gateway.pipeline.graph.engine
    read, threads = engine._read, []

    def noted(*given):
        threads.append(asyncio._get_running_loop())
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        return read(*given)

    monkeypatch.setattr(engine, "_read", noted)
    answers = [await world.ask(QUERY, "support_agent") for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["data"]["customer"]["id"] == "c1"
    assert threads == [None]
    assert 0.05 <= sum(charged) < 0.5


@pytest.mark.parametrize("query", ["{ nothingLikeThis { id } }", "{ customer(", "{ a " * 100])
async def test_a_long_text_is_refused_as_a_short_one(make_world, monkeypatch, query):
    world = await make_world()
    short = await world.ask(query, "support_agent")
    monkeypatch.setattr(pipeline, "_LONG", 0)
    other = await make_world()
    assert await other.ask(query, "support_agent") == short
    assert await other.ask(query, "support_agent") == short
