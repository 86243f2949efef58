"""A subgraph that may be replaced while it is asked."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from typing_extensions import override

from c360_kernel.context import CallerContext
from c360_kernel.subgraph.threads import Answering, ThreadedSubgraph


class LiveSubgraph(Answering):
    """Answers by the one of the moment; what is being answered stays with the one it began with."""

    def __init__(self, first: Answering) -> None:
        self._now = first

    def replace(self, other: Answering) -> None:
        """Answer by another one from now on. Called from the event loop that asks."""
        before, self._now = self._now, other
        if isinstance(before, ThreadedSubgraph):
            before.retire()

    @property
    @override
    def name(self) -> str:
        return self._now.name

    @override
    async def ready(self) -> bool:
        return await self._now.ready()

    @override
    def sdl(self) -> str:
        return self._now.sdl()

    @override
    def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        return self._now.execute(query, variables, operation_name, caller)
