"""What a subscription sends over an application of this process, while somebody listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any


async def listened(app: Any, query: str, token: str, seconds: float) -> str:
    """The whole text that is sent in so many seconds, after which the client leaves."""
    values = {
        "authorization": f"Bearer {token}",
        "accept": "text/event-stream",
        "content-type": "application/json",
    }
    headers = [(name.encode(), value.encode()) for name, value in values.items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    sent: list[bytes] = []
    received: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    received.put_nowait({"type": "http.request", "body": json.dumps({"query": query}).encode()})

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    running = asyncio.create_task(app({**scope, "headers": headers}, received.get, send))
    await asyncio.wait([running], timeout=seconds)
    received.put_nowait({"type": "http.disconnect"})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return b"".join(sent).decode()
