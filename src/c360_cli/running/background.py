"""What goes on for as long as something else does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any

from c360_cli.running.ending import end_in_time


async def served_beside(work: Coroutine[Any, Any, None], serving: Awaitable[None]) -> None:
    """Await `serving`, and cancel `work` when that ends. Raises what `serving` does."""
    task = asyncio.create_task(work)
    try:
        await serving
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        _refuse_to_go_on()


def _refuse_to_go_on() -> None:
    """Raise the cancellation that was taken for another's: a server gives Ctrl-C back as that."""
    this = asyncio.current_task()
    if this is not None and this.cancelling():
        raise asyncio.CancelledError


def unwind_when_told_to_end() -> None:
    """Have SIGTERM unwind what is open instead of ending the process on the spot.

    A server gives it back once it has stopped; workers and stores are still open then.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _: object) -> None:
    end_in_time()
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
