"""A receiver that answers as it is told, and keeps what it got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def answer(status: int, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {status} -", *headers, "content-length: 0", "", ""])


class Receiver:
    """`answers` are given one after another, then `OK`; "" is none at all."""

    def __init__(self, *answers: str) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.lines: list[str] = []
        self.connections = 0
        self.port = 0
        self._answers = list(answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.close()

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")[:-2]
                self.lines.append(first)
                headers = dict(line.lower().split(": ", 1) for line in lines)
                headers |= {"webhook-signature": _kept(lines, "webhook-signature")}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.got.append((headers, body))
                given = self._answers.pop(0) if self._answers else OK
                if not given:
                    await reader.read()
                    break
                writer.write(given.encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _kept(lines: list[str], name: str) -> str:
    """A header in its own case."""
    found = [line.split(": ", 1)[1] for line in lines if line.lower().startswith(f"{name}:")]
    return found[0] if found else ""
