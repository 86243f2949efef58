"""Tracking calls over real HTTP, one each request or many."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateways.measuring import cpu_seconds

from entering.served import Served

CONNECTIONS = 32
BATCH = 500
_AT = "2026-01-31T08:00:00.000Z"


class Rate(NamedTuple):
    """So many each second of processor time, and each second by the clock."""

    per_core: float
    by_clock: float


def singles(served: Served, key: str, begin: int, count: int) -> Rate:
    """Calls of one request each."""
    requests = [_request(key, "/v1/track", _call(number)) for number in range(begin, begin + count)]
    return asyncio.run(_rate(served, requests, count))


def batches(served: Served, key: str, begin: int, count: int) -> Rate:
    """Calls of which many are one request."""
    calls = [_call(number) for number in range(begin, begin + count)]
    requests = [
        _request(key, "/v1/batch", {"batch": calls[at : at + BATCH]})
        for at in range(0, count, BATCH)
    ]
    return asyncio.run(_rate(served, requests, count))


def _call(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "messageId": f"message-{number}",
        "userId": f"user-{number % 1_000}",
        "event": "Product Viewed",
        "properties": {"product_id": f"p{number % 500}", "price": 12.5, "platform": "web"},
        "timestamp": _AT,
        "sentAt": _AT,
        "context": {"library": {"name": "benchmark", "version": "1"}},
    }


def _request(key: str, path: str, body: object) -> bytes:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: c360\r\nauthorization: Basic {basic}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _rate(served: Served, requests: Sequence[bytes], calls: int) -> Rate:
    shared = iter(requests)
    before, began = cpu_seconds(served.pid), time.perf_counter()
    await asyncio.gather(*(_send(served.port, shared) for _ in range(CONNECTIONS)))
    clock, spent = time.perf_counter() - began, cpu_seconds(served.pid) - before
    return Rate(calls / spent, calls / clock)


async def _send(port: int, requests: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200") or b"refused" in body:
            raise SystemExit(f"not taken: {head[:40]!r} {body[:300]!r}")
    writer.close()
