"""A member that gets nothing although entries wait joins its group anew."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from c360_kernel.log import kafka_member
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_member import KafkaMember
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.log.topics import RECORDS
from c360_kernel.testing.entries import record_entry
from c360_kernel.testing.event_log import ProjectedEntries, drain

pytestmark = pytest.mark.servers
SOON_S = 40.0


@pytest_asyncio.fixture
async def log(kafka_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KafkaLog]:
    # Two seconds without an entry, instead of half a minute.
    monkeypatch.setattr(kafka_member, "_STALLED_AFTER", 2 / 6)
    alone = f"{kafka_url}?prefix=stall{secrets.token_hex(4)}.&session_timeout_ms=6000"
    opened = KafkaLog(parse_kafka_url(alone), partitions=1)
    yield opened
    await opened.close()


def joined(log: KafkaLog, projection: ProjectedEntries) -> KafkaMember:
    member = log.consumer("g", [RECORDS], projection.start)
    assert isinstance(member, KafkaMember)
    return member


@pytest.mark.parametrize("lost", ["its deal", "its fetches"])
async def test_a_member_that_lost_heals(
    log: KafkaLog, lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    projection = ProjectedEntries()
    member = joined(log, projection)
    await log.append([record_entry("a")])
    projection.take(await drain(member, 1))
    client = member._consumer
    assert client is not None
    if lost == "its deal":
        member._holding.is_dealt.clear()
        member._holding.is_placed = False
    client.pause(*client.assignment())
    await log.append([record_entry("b")])
    async with asyncio.timeout(SOON_S):
        (found,) = await drain(member, 1)
    assert found.key == "crm/b"
    assert "joins its group anew" in caplog.text
    await member.close()


async def test_a_spare_member_stays_while_another_one_works(log: KafkaLog) -> None:
    projection = ProjectedEntries()
    members = [joined(log, projection), joined(log, projection)]
    stop = asyncio.Event()
    working = [asyncio.create_task(worked(one, projection, stop)) for one in members]
    await log.append([record_entry("first")])
    async with asyncio.timeout(SOON_S):
        while not projection.taken:
            await asyncio.sleep(0.1)
    await asyncio.sleep(5)
    clients = [one._consumer for one in members]
    for number in range(8):
        await log.append([record_entry(str(number))])
        await asyncio.sleep(0.7)
    assert [one._consumer for one in members] == clients
    assert len(projection.taken) == 9
    stop.set()
    await asyncio.gather(*working)


async def worked(member: KafkaMember, projection: ProjectedEntries, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if entries := await member.poll(10, 0.2):
            projection.take(entries)
            await member.commit(projection.positions)
    await member.close()
