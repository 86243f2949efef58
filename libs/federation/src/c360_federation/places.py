"""So many at a time: a semaphore whose usual way, where nobody has to wait, is two plain calls."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress


class Places:
    """Lends places; who comes when all are taken waits for one, first come, first served."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] | None = None

    def take_now(self) -> bool:
        """Take a place if one is free."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Take a place, waiting for it if need be."""
        if self.take_now():
            return
        if self._waiting is None:
            self._waiting = deque()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # It was given a place in the moment that it left.
                self.give_back()
            with suppress(ValueError):
                self._waiting.remove(turn)
            raise

    def give_back(self) -> None:
        """Hand a place to whoever has waited longest; it is free where nobody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
