"""Streams whose readers stay longer than the token that they were let in with.

Whoever reads is told that it is over. Who takes nothing of what is sent never comes to hear it, and
would hold its connection for as long as it likes: that is cut, without another word.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

from c360_kernel.asgi import ABORT

from c360_gateway.auth.principal import Principal

_GRACE_S = 2.0


def cut_off_after(principal: Principal, scope: Mapping[str, Any]) -> None:
    """Cut the connection of the request that this task serves if it outlasts the token.

    A moment is left for the last words.
    """
    serving = asyncio.current_task()
    cutting = asyncio.ensure_future(_cut_off_after(principal, scope))
    if serving is not None:
        serving.add_done_callback(lambda _: cutting.cancel())


async def _cut_off_after(principal: Principal, scope: Mapping[str, Any]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, principal.expires_at - time.time())):
            await principal.validity.ended()
    await asyncio.sleep(_GRACE_S)
    extensions = cast("Mapping[str, Callable[[], None]]", scope.get("extensions") or {})
    abort = extensions.get(ABORT)
    if abort is not None:
        abort()
