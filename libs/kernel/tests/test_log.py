"""The EventLog contract over the model and the embedded log, and what only files can do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.entry import RECORDS, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.testing.entries import record_entry
from c360_kernel.testing.event_log import EventLogContract, OpenLog


class TestMemoryLog(EventLogContract):
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
