"""Clients of brokers are closed within a bounded time, whatever their own tasks do."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from c360_kernel.log.kafka_connection import Connection, closed


class Client:
    """As clients are: it waits for a task of its own that may swallow its cancellation."""

    def __init__(self, swallowed: int = 0) -> None:
        self._swallowed = swallowed

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run())
        await asyncio.sleep(0)

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def _run(self) -> None:
        for _ in range(self._swallowed):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        await asyncio.Event().wait()


async def test_a_client_that_waits_for_itself_is_left() -> None:
    client = Client(swallowed=1)
    await client.start()
    began = time.monotonic()
    await closed(client.stop(), 0.2)
    assert 0.2 <= time.monotonic() - began < 5
    await asyncio.wait({client.task}, timeout=5)
    assert client.task.done()


async def test_a_client_that_stops_is_waited_for() -> None:
    connection = Connection(Client, Client.stop, 5)
    async with connection.client() as client:
        task = client.task
    await connection.close()
    assert task.cancelled()


async def test_the_cancellation_of_a_task_of_a_client_is_not_ours() -> None:
    async def stop() -> None:
        begun = asyncio.create_task(asyncio.Event().wait())
        begun.cancel()
        await begun

    await closed(stop())
    assert asyncio.current_task() is not None


async def test_what_a_client_fails_with_as_it_stops_is_nobodys() -> None:
    async def stop() -> None:
        raise OSError("the broker is gone")

    await closed(stop())
