"""Trying again what a server refuses for a moment, in work that somebody waits for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from c360_kernel.backoff import Backoff
from c360_kernel.errors import Misaddressed, OutOfMemory, Transient

RETRY_S = 60.0
"""A server that is started again, or plans its first statements, is back before that."""
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


async def retried(
    attempt: Callable[[], Awaitable[T]],
    before_next: Callable[[], Awaitable[None]],
    limit_s: float = RETRY_S,
) -> T:
    """What `attempt` returns; begun again for `limit_s` seconds while it raises `Transient`.

    Settings that are wrong and memory that is short do not pass by waiting: they are raised at
    once, and after the limit whatever came last.
    """
    backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return await attempt()
        except (Misaddressed, OutOfMemory):
            raise
        except Transient as error:
            if time.monotonic() >= deadline:
                raise
            logger.warning("tried again: %s", error.code)
        await before_next()
        await asyncio.sleep(backoff.pause_s())
