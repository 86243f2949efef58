"""Subgraphs in trouble: time-outs, retries, circuit breaking, and equal reads made once."""

import asyncio

import pytest
from c360_federation import (
    BreakerSettings,
    CircuitState,
    Engine,
    InProcessTransport,
    ResilienceSettings,
    ResilientTransport,
    RetrySettings,
    SingleFlightTransport,
    SubgraphCircuitOpen,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphUnreachable,
)

READ = SubgraphRequest("{ a }", {})
WRITE = SubgraphRequest("mutation { a }", {}, operation="mutation")


class Subgraph:
    """Does what the script says, its last act for ever; counts what it is asked."""

    def __init__(self, *script):
        self.script = list(script)
        self.calls = 0

    async def __call__(self, request, context):
        self.calls += 1
        act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(act, Exception):
            raise act
        if isinstance(act, (int, float)):
            await asyncio.sleep(act)
        return SubgraphResponse({"a": {"asked": self.calls, "for": context}})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def resilient(subgraph, clock=None, **settings):
    inner = InProcessTransport({"api": subgraph})
    return ResilientTransport(inner, ResilienceSettings(**settings), clock=clock or Clock())


async def outcomes(transport, count, request=READ):
    found = []
    for _ in range(count):
        try:
            await transport.execute("api", request, None)
            found.append("ok")
        except Exception as error:
            found.append(type(error).__name__)
    return found


DOWN = SubgraphUnreachable("down")


async def test_a_slow_subgraph_times_out():
    with pytest.raises(SubgraphTimeout):
        await resilient(Subgraph(5), timeout=0.01).execute("api", READ, None)


async def test_a_subgraph_has_its_own_time_out():
    inner = InProcessTransport({"api": Subgraph(0.05), "other": Subgraph(0.05)})
    overrides = {"api": ResilienceSettings(timeout=0.001)}
    transport = ResilientTransport(inner, ResilienceSettings(timeout=5), overrides)
    assert (await transport.execute("other", READ, None)).data
    with pytest.raises(SubgraphTimeout):
        await transport.execute("api", READ, None)


async def test_reads_are_tried_again():
    subgraph = Subgraph(DOWN, DOWN, "fine")
    transport = resilient(subgraph, retries=RetrySettings(attempts=2, pause=0.001))
    assert (await transport.execute("api", READ, None)).data["a"]["asked"] == 3


@pytest.mark.parametrize(
    "request_, trouble", [(WRITE, DOWN), (READ, SubgraphTimeout("slow")), (READ, ValueError())]
)
async def test_what_may_have_been_done_is_not_tried_again(request_, trouble):
    subgraph = Subgraph(trouble, "fine")
    transport = resilient(subgraph, retries=RetrySettings(attempts=5, pause=0.001))
    assert await outcomes(transport, 1, request_) == [type(trouble).__name__]
    assert subgraph.calls == 1


async def test_retries_are_a_share_of_requests():
    subgraph = Subgraph(DOWN)
    retries = RetrySettings(attempts=1, pause=0, budget=0.1)
    await outcomes(resilient(subgraph, retries=retries, breaker=None), 200)
    assert 200 + 10 <= subgraph.calls <= 200 + 10 + 200 * 0.1


BREAKER = BreakerSettings(threshold=0.5, volume=4, window=10, reset=5, trials=2)


async def test_the_circuit_opens_tries_and_closes():
    clock, subgraph = Clock(), Subgraph("fine", DOWN, DOWN, DOWN, "fine")
    transport = resilient(subgraph, clock, breaker=BREAKER)
    down = "SubgraphUnreachable"
    assert await outcomes(transport, 4) == ["ok", down, down, down]
    assert transport.state("api") is CircuitState.OPEN
    assert await outcomes(transport, 3) == ["SubgraphCircuitOpen"] * 3
    assert subgraph.calls == 4
    clock.now = 5
    assert transport.state("api") is CircuitState.HALF_OPEN
    assert await outcomes(transport, 1) == ["ok"]
    assert transport.state("api") is CircuitState.HALF_OPEN
    assert await outcomes(transport, 1) == ["ok"]
    assert transport.state("api") is CircuitState.CLOSED


async def test_a_failed_trial_opens_the_circuit_again():
    clock, subgraph = Clock(), Subgraph(DOWN, DOWN, DOWN, DOWN, "fine", DOWN, "fine")
    transport = resilient(subgraph, clock, breaker=BREAKER)
    await outcomes(transport, 4)
    clock.now = 5
    assert await outcomes(transport, 3) == ["ok", "SubgraphUnreachable", "SubgraphCircuitOpen"]
    clock.now = 9
    assert transport.state("api") is CircuitState.OPEN
    clock.now = 10
    assert await outcomes(transport, 2) == ["ok", "ok"]
    assert transport.state("api") is CircuitState.CLOSED


async def test_only_so_many_try_at_once_and_giving_up_frees_the_place():
    clock, subgraph = Clock(), Subgraph(DOWN, DOWN, DOWN, DOWN, 30)
    transport = resilient(subgraph, clock, breaker=BREAKER)
    await outcomes(transport, 4)
    clock.now = 5
    trials = [asyncio.create_task(transport.execute("api", READ, None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(SubgraphCircuitOpen):
        await transport.execute("api", READ, None)
    for trial in trials:
        trial.cancel()
    await asyncio.gather(*trials, return_exceptions=True)
    subgraph.script = ["fine"]
    assert await outcomes(transport, 2) == ["ok", "ok"]


async def test_old_failures_are_forgotten():
    clock, subgraph = Clock(), Subgraph(DOWN)
    transport = resilient(subgraph, clock, breaker=BREAKER)
    for _ in range(10):
        await outcomes(transport, 3)
        clock.now += 11
    assert subgraph.calls == 30


async def test_a_few_failures_among_many_do_not_open():
    subgraph = Subgraph(*["fine", "fine", DOWN] * 20, "fine")
    transport = resilient(subgraph, breaker=BREAKER)
    assert "SubgraphCircuitOpen" not in await outcomes(transport, 60)


async def test_an_open_circuit_leaves_a_partial_answer_with_a_code(world, subgraph):
    composed = world(
        a=subgraph("type Query { a: Int }", {"Query.a": lambda _: 1}),
        b=subgraph("type Query { b: Int }", {"Query.b": lambda _: 2}),
    )
    inner = InProcessTransport({"a": composed.subgraphs["a"], "b": Subgraph(DOWN)})
    transport = ResilientTransport(inner, ResilienceSettings(breaker=BREAKER), clock=Clock())
    engine = Engine(composed.supergraph, transport)
    for _ in range(4):
        await engine.run("{ b }")
    result = await engine.run("{ a b }")
    assert result.data == {"a": 1, "b": None}
    (error,) = result.errors
    assert (error["path"], error["extensions"]["code"]) == (["b"], "SUBGRAPH_CIRCUIT_OPEN")


# equal reads made once


def sharing(subgraph):
    return SingleFlightTransport(InProcessTransport({"api": subgraph}), lambda context: context)


async def together(transport, *contexts, request=READ):
    return await asyncio.gather(
        *(transport.execute("api", request, context) for context in contexts)
    )


async def test_equal_reads_are_sent_once_and_each_gets_its_own_copy():
    subgraph = Subgraph(0.01)
    responses = await together(sharing(subgraph), "ann", "ann", "ann")
    assert subgraph.calls == 1
    responses[0].data["a"]["asked"] = "changed"
    assert [one.data["a"]["asked"] for one in responses[1:]] == [1, 1]


async def test_other_contexts_are_asked_for_on_their_own():
    subgraph = Subgraph(0.01)
    responses = await together(sharing(subgraph), "ann", "bob", "ann")
    assert [one.data["a"]["for"] for one in responses] == ["ann", "bob", "ann"]
    assert subgraph.calls == 2


@pytest.mark.parametrize("context, request_", [(None, READ), ("ann", WRITE)])
async def test_what_may_not_be_shared(context, request_):
    subgraph = Subgraph(0.01)
    await together(sharing(subgraph), context, context, request=request_)
    assert subgraph.calls == 2


async def test_other_variables_are_other_reads():
    subgraph = Subgraph(0.01)
    transport = sharing(subgraph)
    one, other = SubgraphRequest("{ a }", {"x": 1}), SubgraphRequest("{ a }", {"x": 2})
    await asyncio.gather(
        *(transport.execute("api", each, "ann") for each in (one, other, one, other))
    )
    assert subgraph.calls == 2


async def test_only_what_is_under_way_is_shared():
    subgraph = Subgraph("fine")
    transport = sharing(subgraph)
    for _ in range(3):
        await transport.execute("api", READ, "ann")
    assert subgraph.calls == 3


async def test_one_who_leaves_does_not_take_the_others_answer():
    subgraph = Subgraph(0.02)
    transport = sharing(subgraph)
    first = asyncio.create_task(transport.execute("api", READ, "ann"))
    second = asyncio.create_task(transport.execute("api", READ, "ann"))
    third = asyncio.create_task(transport.execute("api", READ, "ann"))
    await asyncio.sleep(0)
    first.cancel()
    # One of those who stay sends it again, for both.
    assert [(await one).data["a"]["asked"] for one in (second, third)] == [2, 2]


async def test_nobody_waiting_ends_the_request():
    ended = asyncio.Event()

    async def subgraph(request, context):
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    task = asyncio.create_task(sharing(subgraph).execute("api", READ, "ann"))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait_for(ended.wait(), 20)


async def test_trouble_is_shared_too():
    subgraph = Subgraph(DOWN)
    transport = sharing(subgraph)
    found = await asyncio.gather(
        *(transport.execute("api", READ, "ann") for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in found] == [SubgraphUnreachable] * 3


async def test_nobody_waits_for_ever_for_what_is_no_answer():
    async def garbage(request, context):
        await asyncio.sleep(0.01)
        return "what"

    transport = sharing(garbage)
    first, second = await asyncio.wait_for(
        asyncio.gather(
            *(transport.execute("api", READ, "ann") for _ in range(2)), return_exceptions=True
        ),
        timeout=60,
    )
    assert first == "what"
    assert isinstance(second, AttributeError)
