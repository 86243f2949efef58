"""Whatever goes wrong beside an append, the thread that takes entries goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from c360_kernel.errors import Transient
from c360_kernel.log import sqlite
from c360_kernel.log.entry import Partition
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.sqlite import connect
from c360_kernel.testing.entries import record_entry

SOON_S = 5.0


@pytest.fixture
async def log(tmp_path: Path) -> AsyncGenerator[SqliteLog]:
    opened = SqliteLog(tmp_path, partitions=1)
    yield opened
    await opened.close()


async def takes_entries(log: SqliteLog) -> bool:
    async with asyncio.timeout(SOON_S):
        (position,) = await log.append([record_entry("k")])
    return position.topic == RECORDS


async def test_a_wake_directory_that_is_gone_costs_no_entry(log: SqliteLog, tmp_path: Path):
    shutil.rmtree(tmp_path / "wake")
    assert await takes_entries(log)
    assert await takes_entries(log)


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.EACCES])
async def test_a_wake_that_cannot_open_a_pipe_is_made_up_for(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch, code: int
):
    real = os.open
    sleeper = log.sleeper()

    def refused(path: object, *arguments: int, **more: int) -> int:
        if "wake" in str(path):
            raise OSError(code, "refused")
        return real(path, *arguments, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refused)
        assert await takes_entries(log)
    assert await takes_entries(log)
    began = time.monotonic()
    await sleeper.sleep(SOON_S)
    assert time.monotonic() - began < SOON_S / 2
    sleeper.close()


async def test_refused_items_that_cannot_be_trimmed_stop_nothing(
    log: SqliteLog, caplog: pytest.LogCaptureFixture
):
    class Broken:
        next_at = 0.0

        def trim(self, connection: object) -> None:
            raise ZeroDivisionError

    log._appender._trimmer = Broken()  # type: ignore[assignment]
    assert await takes_entries(log)
    assert await takes_entries(log)
    assert "ZeroDivisionError" in caplog.text


async def test_a_process_that_stands_still_in_a_write_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_S", 0.2)
    log = SqliteLog(tmp_path, partitions=1)
    frozen = connect(tmp_path / "log.db")
    frozen.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient) as refused:
        await takes_entries(log)
    assert refused.value.code == "LOG_UNAVAILABLE"
    frozen.execute("ROLLBACK")
    assert await takes_entries(log)
    assert len(await log.read(Partition(RECORDS, 0), 0, 10)) == 1
    frozen.close()
    await log.close()
