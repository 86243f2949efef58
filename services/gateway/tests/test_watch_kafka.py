"""Watching over a log on Kafka."""

import asyncio
import contextlib
import secrets

import pytest
from c360_gateway.watch.customers import CustomerWatch
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.log.topics import PROFILES
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


async def itself(customer):
    return customer


async def test_every_replica_serves_its_own_subscribers(open_log):
    replicas = [open_log(), open_log()]
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(60):
        received = []
        for log in replicas:
            watching = CustomerWatch(log).watching("c1", itself)
            watched = await stack.enter_async_context(watching)
            received.append(await stack.enter_async_context(contextlib.aclosing(watched.changes())))
        for counter in (1, 2):
            payload = ProfileChanged("c1", Version(0, counter))
            await replicas[0].append([new_entry(PROFILES, "c1", payload)])
            for changes in received:
                assert await anext(changes) == ("c1", Version(0, counter))
