"""What waits for one subscriber."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from c360_gateway.watch.errors import Overrun

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Items for one reader, in order, until it is ended."""

    def __init__(self) -> None:
        self._waiting: deque[T] = deque()
        self._ended: Exception | None = None
        self._changed = asyncio.Event()

    async def take(self) -> T:
        """The next item; raises what the mailbox was ended with."""
        while not self._waiting:
            if self._ended is not None:
                raise self._ended
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    def put(self, item: T) -> None:
        """One more item, unless the mailbox has ended."""
        if self._ended is None:
            self._waiting.append(item)
            self._changed.set()

    def end(self, error: Exception) -> None:
        """Drop what waits and raise this to the reader."""
        self._waiting.clear()
        self._ended = error
        self._changed.set()


class Newest(Mailbox[T]):
    """Holds the newest item only: for a reader to whom no other matters."""

    def put(self, item: T) -> None:
        """Put the item in the place of the one that waits."""
        self._waiting.clear()
        super().put(item)


class Backlog(Mailbox[T]):
    """Holds every item up to a limit, and ends with `Overrun` where there would be more."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def put(self, item: T) -> None:
        """One more item, or the end."""
        if len(self._waiting) == self._limit:
            self.end(Overrun())
        super().put(item)
