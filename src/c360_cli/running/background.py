"""What goes on for as long as something else does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any


async def served_beside(work: Coroutine[Any, Any, None], serving: Awaitable[None]) -> None:
    """Await `serving`, and cancel `work` when that ends. Raises what `serving` does."""
    task = asyncio.create_task(work)
    try:
        await serving
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
