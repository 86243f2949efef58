"""Watching over a log on Kafka."""

import asyncio
import contextlib
import secrets

import pytest
from c360_gateway.watch.customers import CustomerWatch
from c360_kernel.log.entry import PROFILES
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.payload import ProfileChanged
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

pytestmark = pytest.mark.servers


@pytest.fixture
async def open_log(kafka_url):
    """Opens the same log for one process after another."""
    place = parse_kafka_url(f"{kafka_url}?prefix=t{secrets.token_hex(4)}.")
    opened = []

    def make():
        opened.append(KafkaLog(place))
        return opened[-1]

    yield make
    for log in opened:
        await log.close()


async def test_every_replica_serves_its_own_subscribers(open_log):
    replicas = [open_log(), open_log()]
    begun = asyncio.Semaphore(0)

    async def present(customer):
        begun.release()
        return customer

    watched = [CustomerWatch(log).changes("c1", present) for log in replicas]
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(60):
        for changes in watched:
            await stack.enter_async_context(contextlib.aclosing(changes))
        for counter in (1, 2):
            waiting = [asyncio.ensure_future(anext(changes)) for changes in watched]
            if counter == 1:
                await begun.acquire()
                await begun.acquire()
            told = ProfileChanged("c1", Version(0, counter))
            await replicas[0].append([new_entry(PROFILES, "c1", told)])
            assert await asyncio.gather(*waiting) == [("c1", Version(0, counter))] * 2
