"""What our servers say of themselves, and where they send people: nothing, and nowhere."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from c360_cli.running.http import server
from c360_cli.running.ports import LOOPBACK


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with socket.create_server((LOOPBACK, 0)) as free:
        chosen = free.getsockname()[1]
    serving = server(Starlette(routes=[Route("/x", lambda _: PlainTextResponse("x"))]), chosen)
    running = asyncio.create_task(serving.serve())
    while not serving.started:
        await asyncio.sleep(0.01)
    yield chosen
    serving.should_exit = True
    await running


@pytest.mark.parametrize("path", ["/x", "/none"])
async def test_the_software_of_the_server_is_not_told(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    writer.close()
    names = {line.partition(":")[0] for line in head.splitlines()[1:]}
    assert "date" in names
    assert "server" not in names
    assert "uvicorn" not in head
