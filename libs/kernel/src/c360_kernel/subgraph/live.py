"""A subgraph that may be replaced while it is asked."""

from __future__ import annotations

from typing_extensions import override

from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.subgraph.threads import Answering, ThreadedSubgraph


class LiveSubgraph(Answering):
    """Answers by the one of the moment; what is being answered stays with the one it began with.

    `execute` is that of the one of the moment, and no call passes through here: ask for it anew
    each time.
    """

    def __init__(self, first: Answering) -> None:
        self._answer_by(first)

    def replace(self, other: Answering) -> None:
        """Answer by another one from now on. Called from the event loop that asks."""
        before = self._now
        self._answer_by(other)
        if isinstance(before, ThreadedSubgraph):
            before.retire()

    async def close(self) -> None:
        """Let go what it reads from: nobody asks any more. Threads end with their process."""
        if isinstance(self._now, Subgraph):
            await self._now.close()

    def _answer_by(self, one: Answering) -> None:
        self._now, self.execute = one, one.execute

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
