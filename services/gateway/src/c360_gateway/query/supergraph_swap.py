"""Another supergraph in place of the one in use, without a dropped request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from logging import getLogger

from c360_federation.engine import Engine
from c360_federation.reloading import WARM_UP, warm_up

from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.pipeline import Pipeline
from c360_gateway.query.prepared_operation import Graph

_log = getLogger(__name__)


class SupergraphSwap:
    """Builds a graph aside, plans what was asked last for the policies in use, then swaps.

    Who is being answered, and who subscribed, stays with the graph that it began with.
    """

    def __init__(self, pipeline: Pipeline, build: Callable[[str], Graph]) -> None:
        self._pipeline = pipeline
        self._build = build

    async def take(self, supergraph: str) -> None:
        """Put a supergraph to use; raises `SupergraphError`, and then nothing has changed."""
        graph = await asyncio.to_thread(self._build, supergraph)
        before = self._pipeline.graph
        if before is not None:
            recent = before.engine.recent(WARM_UP)
            reload = await warm_up(graph.engine, recent, _policies(before, graph))
            _log.info("supergraph changed: %s operations planned ahead", reload.warmed)
        self._pipeline.graph = graph


def _policies(before: Graph, after: Graph) -> Callable[[Engine, Hashable], TablePolicy | None]:
    """The policy of the new schema for whoever had a policy of the old one."""
    had = before.tables.in_use()

    def policy_of(engine: Engine, key: Hashable) -> TablePolicy | None:
        del engine
        return after.tables.of(*had[key]) if key in had else None

    return policy_of
