"""Who listens on a port that is wanted is waited for, and told when that takes too long."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from c360_kernel.errors import Transient

from c360_cli.running.ports import LOOPBACK, until_free


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield listening


async def test_a_port_in_use_is_told_by_its_number(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with pytest.raises(Transient, match=str(port)) as refused:
        await until_free([port], wait_s=0.2)
    assert refused.value.code == "PORT_IN_USE"


async def test_a_port_that_becomes_free_is_waited_for(listener: socket.socket) -> None:
    waiting = asyncio.create_task(until_free([listener.getsockname()[1]]))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    listener.close()
    async with asyncio.timeout(10):
        await waiting
