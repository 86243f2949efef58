"""One call under way at a time, however many ask, and none of them waits too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class SingleFlight(Generic[R]):
    """Makes a call, one at a time, and waits for its result at most `within_s` seconds.

    A call that takes longer goes on, and is what is waited for when asked again: MongoDB's
    driver, cancelled while it looks for a server that is gone, may never answer anybody again.
    """

    def __init__(self, call: Callable[[], Awaitable[R]], within_s: float) -> None:
        self._call = call
        self._within_s = within_s
        self._flight: asyncio.Task[R] | None = None

    async def result(self) -> R:
        """The result, or what the call raises; `TimeoutError` when it takes too long."""
        flight = self._flight or asyncio.create_task(self._called())
        self._flight = flight
        done, _ = await asyncio.wait({flight}, timeout=self._within_s)
        if not done:
            raise TimeoutError
        self._flight = None
        return flight.result()

    async def _called(self) -> R:
        return await self._call()
