"""Waiting for an answer only so long, without interrupting whoever works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Patient(Generic[R]):
    """Asks a question, one at a time, and waits for its answer at most `within_s` seconds.

    A question that takes longer goes on, and is what is waited for when asked again: MongoDB's
    driver, cancelled while it looks for a server that is gone, may never answer anybody again.
    """

    def __init__(self, ask: Callable[[], Awaitable[R]], within_s: float) -> None:
        self._ask = ask
        self._within_s = within_s
        self._asking: asyncio.Task[R] | None = None

    async def answer(self) -> R:
        """The answer, or what the question raises; `TimeoutError` when it takes too long."""
        asking = self._asking or asyncio.create_task(self._asked())
        self._asking = asking
        done, _ = await asyncio.wait({asking}, timeout=self._within_s)
        if not done:
            raise TimeoutError
        self._asking = None
        return asking.result()

    async def _asked(self) -> R:
        return await self._ask()
