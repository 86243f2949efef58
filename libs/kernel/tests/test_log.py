"""The EventLog contract over the model and the embedded log, and what only files can do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import EVENTS, RECORDS
from c360_kernel.testing.entries import record_entry
from c360_kernel.testing.event_log import EventLogContract, OpenLog


class TestMemoryLog(EventLogContract):
    forgets = False

    @pytest.fixture
    def open_log(self) -> OpenLog:
        log = MemoryLog()
        return lambda: log


class TestSqliteLog(EventLogContract):
    @pytest.fixture
    def open_log(self, tmp_path: Path) -> OpenLog:
        return lambda: SqliteLog(tmp_path)


async def test_another_partition_count_is_refused(tmp_path: Path) -> None:
    await SqliteLog(tmp_path, partitions=3).close()
    with pytest.raises(SettingsError) as refused:
        SqliteLog(tmp_path, partitions=4)
    assert refused.value.code == "PARTITIONS_CHANGED"


async def test_a_full_disk_refuses_the_append_and_leaves_nothing_half_written(
    tmp_path: Path,
) -> None:
    log = SqliteLog(tmp_path, max_bytes=200_000)
    await log.append([record_entry("before")])
    entries = [record_entry(f"{'x' * 200}{n}") for n in range(2000)]
    with pytest.raises(Transient) as refused:
        await log.append(entries)
    assert refused.value.code == "LOG_FULL"
    assert sum((await log.ends([RECORDS])).values()) == 1
    await log.append([record_entry("still room for a small one")])
    await log.close()


async def test_a_full_log_says_so_until_there_is_room(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, max_bytes=200_000)
    before = await log.identity()
    with pytest.raises(Transient):
        for number in range(2_000):
            await log.append([record_entry(f"{'x' * 200}{number}")])
    for _ in range(2):
        with pytest.raises(Transient) as refused:
            await log.identity()
        assert refused.value.code == "LOG_FULL"
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("DELETE FROM entry")
    assert (await log.identity()).origin == before.origin
    await log.append([record_entry("a")])
    await log.close()


async def test_two_logs_on_one_directory_wake_each_other(tmp_path: Path) -> None:
    ours, theirs = SqliteLog(tmp_path), SqliteLog(tmp_path)

    async def start() -> dict[Partition, int]:
        return {}

    consumer = ours.consumer("g", [RECORDS], start)
    await consumer.poll(1, 0)
    waiting = asyncio.create_task(consumer.poll(10, 5))
    await asyncio.sleep(0.02)
    await theirs.append([record_entry("a")])
    assert len(await waiting) == 1
    await consumer.close()
    await ours.close()
    await theirs.close()


async def test_who_waits_reads_only_after_a_commit(tmp_path: Path) -> None:
    ours, theirs = SqliteLog(tmp_path), SqliteLog(tmp_path)
    reads: list[Partition] = []
    read = ours.read

    async def counted(
        partition: Partition, offset: int, limit: int, most_bytes: float
    ) -> Sequence[Entry]:
        reads.append(partition)
        return await read(partition, offset, limit, most_bytes)

    async def start() -> dict[Partition, int]:
        return {}

    ours.read = counted  # type: ignore[method-assign]
    consumer = ours.consumer("g", [RECORDS], start)
    await consumer.poll(10, 0)
    looked = len(reads)
    await consumer.poll(10, 0.2)
    assert len(reads) == looked == ours.partitions
    for number in range(20):
        await theirs.append([record_entry(f"r{number}")])
        assert [one.key for one in await consumer.poll(10, 0)] == [f"crm/r{number}"]
    await consumer.poll(10, 0)
    await consumer.rewind()
    assert len(await consumer.poll(100, 0)) == 20
    await consumer.close()
    await ours.close()
    await theirs.close()


async def test_what_is_committed_while_nothing_is_found_is_found_next(tmp_path: Path) -> None:
    ours, theirs = SqliteLog(tmp_path), SqliteLog(tmp_path)
    read = ours.read
    left = ours.partitions

    async def start() -> dict[Partition, int]:
        return {}

    async def late(
        partition: Partition, offset: int, limit: int, most_bytes: float
    ) -> Sequence[Entry]:
        nonlocal left
        found = await read(partition, offset, limit, most_bytes)
        left -= 1
        if left == 0:
            await theirs.append([record_entry("late")])
        return found

    ours.read = late  # type: ignore[method-assign]
    consumer = ours.consumer("g", [RECORDS], start)
    assert not await consumer.poll(10, 0)
    assert [one.key for one in await consumer.poll(10, 0)] == ["crm/late"]
    await consumer.close()
    await ours.close()
    await theirs.close()


async def test_a_batch_has_equal_shares_of_all_partitions_that_have_entries(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    of_events = [replace(record_entry(f"e{n}"), topic=EVENTS) for n in range(200)]
    await log.append([record_entry(f"k{n}") for n in range(200)] + of_events[:40])

    async def start() -> dict[Partition, int]:
        return {}

    consumer = log.consumer("g", [RECORDS, EVENTS], start)
    first = await consumer.poll(60, 0)
    assert len(first) == 60
    assert {topic: sum(e.topic == topic for e in first) >= 25 for topic in (RECORDS, EVENTS)} == {
        RECORDS: True,
        EVENTS: True,
    }
    rest = [await consumer.poll(60, 0) for _ in range(4)]
    assert [len(one) for one in rest] == [60, 60, 60, 0]
    assert len({(e.topic, e.partition, e.offset) for e in (*first, *chain(*rest))}) == 240
    await consumer.close()
    await log.close()
