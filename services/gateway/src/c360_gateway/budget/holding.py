"""Answers that are held back a little, a bounded number at a time."""

from __future__ import annotations

import asyncio


class HoldingBack:
    """Whoever is refused comes again later for it; beyond so many they are refused at once."""

    def __init__(self, most: int, hold_s: float) -> None:
        self._most = most
        self._hold_s = hold_s
        self._held = 0

    async def hold(self) -> None:
        """Wait, unless as many wait already."""
        if self._held >= self._most:
            return
        self._held += 1
        try:
            await asyncio.sleep(self._hold_s)
        finally:
            self._held -= 1
