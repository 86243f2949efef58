"""Work on long lists is spread over turns of the event loop, so that others are heard in between.

Many fields may be resolved by one read, and all of them would be completed in one turn.
"""

from __future__ import annotations

import asyncio

AT_ONCE = 100
"""Items of one list that are completed without asking for a turn again."""

_MOST = 300
"""Items of lists that one turn completes, give or take one list: some milliseconds."""


class Pace:
    """Counts the items that were completed in this turn of the running loop."""

    __slots__ = ("_done", "_loop", "is_full")

    def __init__(self) -> None:
        self._done = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_full = False
        """Whether what is left should wait for another turn."""

    def work(self, items: int) -> None:
        """So many items are completed now."""
        loop = asyncio.get_running_loop()
        if not self._done or loop is not self._loop:
            self._done, self._loop = 0, loop
            loop.call_soon(self._begin_turn)
        self._done += items
        self.is_full = self._done >= _MOST

    async def take(self, items: int) -> None:
        """Work that a resolver does itself, once there is room for it."""
        if self.is_full:
            await self.wait()
        self.work(items)

    async def wait(self) -> None:
        """Wait for a turn with room."""
        while self.is_full and self._loop is asyncio.get_running_loop():  # noqa: ASYNC110
            await asyncio.sleep(0)

    def _begin_turn(self) -> None:
        self._done, self.is_full = 0, False


PACE = Pace()
