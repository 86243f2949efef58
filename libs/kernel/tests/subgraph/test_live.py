"""A graph that is replaced: what it began it ends, and then it lets go of its store."""

from __future__ import annotations

import asyncio

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.live import LiveSubgraph
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.subgraph.threads import ThreadedSubgraph
from strawberry.federation import Schema

ANN = CallerContext("ann", ("reader",))


async def ready() -> bool:
    return True


def graph_of(answer: str, closed: list[str]) -> Subgraph:
    @strawberry.type
    class Query:
        @strawberry.field
        async def slow(self) -> str:
            await asyncio.sleep(0.1)
            return answer

    async def close() -> None:
        closed.append(answer)

    graph = Subgraph("people", Schema(query=Query), lambda caller: caller, ready)
    graph.close = close
    return graph


async def answered(live: LiveSubgraph) -> str:
    return (await live.execute("{ slow }", None, None, ANN))["data"]["slow"]


async def test_what_was_begun_is_answered_by_the_graph_it_began_with() -> None:
    closed: list[str] = []
    live = LiveSubgraph(ThreadedSubgraph(lambda: graph_of("old", closed), threads=2))
    begun = asyncio.create_task(answered(live))
    await asyncio.sleep(0.02)
    live.replace(ThreadedSubgraph(lambda: graph_of("new", closed), threads=2))
    assert await answered(live) == "new"
    assert await begun == "old"
    async with asyncio.timeout(60):
        while closed != ["old", "old"]:
            await asyncio.sleep(0.01)


async def test_what_answered_last_lets_go_of_its_store() -> None:
    """Of a server's: a connection that is left may keep the event loop from closing."""
    closed: list[str] = []
    live = LiveSubgraph(graph_of("old", closed))
    live.replace(graph_of("new", closed))
    await live.close()
    assert closed == ["new"]
