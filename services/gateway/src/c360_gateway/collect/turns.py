"""Long work on the event loop lets others in between: nobody waits for all of a thousand items."""

from __future__ import annotations

import asyncio
import time

_STEP_S = 0.003


class Turns:
    """Told after each piece of the work, gives the loop to others every few milliseconds.

    They are those of the clock: asking the system for the processor time takes longer than many
    an item does.
    """

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def is_over(self) -> bool:
        """Whether it is time for others."""
        return time.perf_counter() - self._began > _STEP_S

    async def give_way(self) -> None:
        """Let others in, and begin the next turn."""
        await asyncio.sleep(0)
        self._began = time.perf_counter()
