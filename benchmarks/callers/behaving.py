"""Well-behaved callers: several tokens, mixed questions, a few a second each, and a probe."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PAUSE_S = 0.06


@dataclass(slots=True)
class Seen:
    """How long answers took, in milliseconds, and those that were none."""

    answers_ms: list[float] = field(default_factory=list[float])
    livez_ms: list[float] = field(default_factory=list[float])
    failures: list[str] = field(default_factory=list[str])


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._head = f"authorization: Bearer {token}\r\n" if token else ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body; a connection that was closed meanwhile is opened again."""
        try:
            return await self._once(method, path, body)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return await self._once(method, path, body)

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _once(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\n{self._head}"
        length = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write((head + length).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        answer = await reader.readexactly(size)
        if "connection: close" in head:
            self.close()
        return int(head.split(" ", 2)[1]), answer


async def watch(
    port: int, tokens: Sequence[str], questions: Sequence[Mapping[str, object]], seconds: float
) -> Seen:
    """Ask for so many seconds, each caller with a pause after each answer."""
    seen, until = Seen(), time.monotonic() + seconds
    bodies = [json.dumps(question).encode() for question in questions]
    calls = [_call(Client(port, token), bodies, seen, until) for token in tokens]
    await asyncio.gather(_probe(Client(port), seen, until), *calls)
    return seen


async def _call(client: Client, bodies: Sequence[bytes], seen: Seen, until: float) -> None:
    number = 0
    while time.monotonic() < until:
        began = time.perf_counter()
        status, answer = await client.ask("POST", "/graphql", bodies[number % len(bodies)])
        seen.answers_ms.append((time.perf_counter() - began) * 1_000)
        if status != 200 or b'"data":{' not in answer:
            seen.failures.append(answer[:200].decode())
        number += 1
        await asyncio.sleep(PAUSE_S)
    client.close()


async def _probe(client: Client, seen: Seen, until: float) -> None:
    while time.monotonic() < until:
        began = time.perf_counter()
        await client.ask("GET", "/livez")
        seen.livez_ms.append((time.perf_counter() - began) * 1_000)
        await asyncio.sleep(PAUSE_S)
    client.close()
