"""A long question holds up one principal's questions, and neither the loop nor anybody else's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from c360_kernel.context import CallerContext
from c360_kernel.metering import METER, Meter
from c360_kernel.subgraph.threads import ThreadedSubgraph

PATIENCE_S = 120


class Graph:
    """Answers with the thread that it ran in; `long` keeps it until the test lets go."""

    name = "people"

    def __init__(self, let_go: threading.Event) -> None:
        self._let_go = let_go

    def sdl(self) -> str:
        return "type Query { x: Int }"

    async def ready(self) -> bool:
        return True

    async def execute(
        self, query: str, variables: Mapping[str, object] | None, name: str | None, _: CallerContext
    ) -> dict[str, Any]:
        if query == "long":
            self._let_go.wait(PATIENCE_S)  # a store that answers within the call
        elif query == "busy":
            until = time.thread_time() + 0.05
            while time.thread_time() < until:
                pass
        elif query == "tasks":
            await asyncio.gather(*(self.execute("busy", None, None, _) for _n in range(3)))
        elif query == "wait":
            await asyncio.sleep(10)
        elif query == "fail":
            raise ValueError(query)
        return {"data": threading.get_ident()}


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def graph(let_go: threading.Event) -> ThreadedSubgraph:
    return ThreadedSubgraph(partial(Graph, let_go))


async def ask(graph: ThreadedSubgraph, query: str, principal: str = "ann") -> int:
    answer = await graph.execute(query, None, None, CallerContext(principal, ()))
    return answer["data"]


async def test_the_loop_and_others_go_on_while_one_principal_asks_much(
    graph: ThreadedSubgraph, let_go: threading.Event
) -> None:
    much = [asyncio.create_task(ask(graph, "long")) for _ in range(4)]
    await asyncio.sleep(0.02)
    others = (ask(graph, "short", f"other {number}") for number in range(20))
    await asyncio.wait_for(asyncio.gather(*others), PATIENCE_S / 2)
    assert await asyncio.wait_for(graph.ready(), PATIENCE_S / 2)
    assert not any(one.done() for one in much)
    let_go.set()
    assert len(set(await asyncio.gather(*much))) == 1


async def test_questions_that_are_no_burden_use_all_threads(graph: ThreadedSubgraph) -> None:
    used = await asyncio.gather(*(ask(graph, "busy", f"one {n}") for n in range(6)))
    assert len(set(used)) == 3
    assert threading.get_ident() not in used


async def test_time_is_told_to_whom_it_was_spent_for(graph: ThreadedSubgraph) -> None:
    collected: list[float] = []
    METER.set(Meter(collected.append))
    await ask(graph, "busy")
    assert 0.05 <= sum(collected) < 0.1


async def test_what_a_call_starts_beside_itself_counts_with_it_and_all_of_it_at_once(
    graph: ThreadedSubgraph,
) -> None:
    collected: list[float] = []
    METER.set(Meter(collected.append))
    await ask(graph, "tasks")
    assert len(collected) == 1
    assert 0.15 <= collected[0] < 0.3


async def test_what_fails_or_is_given_up_leaves_nothing_under_way(graph: ThreadedSubgraph) -> None:
    with pytest.raises(ValueError, match="fail"):
        await ask(graph, "fail")
    waiting = asyncio.create_task(ask(graph, "wait"))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert all(one.is_idle for one in graph._threads)
    assert graph.sdl() == Graph(threading.Event()).sdl() and graph.name == "people"


async def test_where_all_are_slow_the_slowest_is_last(
    graph: ThreadedSubgraph, let_go: threading.Event
) -> None:
    long = asyncio.create_task(ask(graph, "long"))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(ask(graph, "wait", f"one {n}")) for n in range(6)]
    await asyncio.sleep(0.05)
    await asyncio.wait_for(ask(graph, "short", "other"), PATIENCE_S / 2)
    assert not long.done()
    let_go.set()
    for one in waiting:
        one.cancel()
    await asyncio.gather(long, *waiting, return_exceptions=True)
