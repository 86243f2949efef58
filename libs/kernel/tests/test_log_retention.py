"""Refused items leave the embedded log when old or too many, looks when old and handled."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from c360_kernel.errors import Transient
from c360_kernel.log import retention
from c360_kernel.log.entry import NewEntry, Partition
from c360_kernel.log.retention import Retention, Trimmer
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import (
    AUDIT,
    AUDIT_CHECKPOINTS,
    AUDIT_EVENTS,
    INBOX,
    QUARANTINE,
    RECORDS,
    TICKS,
    TOPICS,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
ONE = Partition(QUARANTINE, 0)


def entry(number: int, size: int, topic: str = QUARANTINE, age_days: float = 0) -> NewEntry:
    at = int(NOW_MS - age_days * DAY_MS)
    name = f"{topic}:{number}"
    return NewEntry(topic, "k", name, "t", "s", "k", at, f"{number:020}", bytes(size))


def opened(directory: Path, **kept: float) -> SqliteLog:
    log = SqliteLog(directory, partitions=1, retention=Retention(**kept))
    trimmer = Trimmer(Retention(**kept), 1, lambda: NOW_MS, pause_s=0)
    log._appender._trimmer = trimmer
    return log


async def held(log: SqliteLog, topic: str = QUARANTINE) -> list[int]:
    return [one.offset for one in await log.read(Partition(topic, 0), 0, 100_000)]


async def settled(log: SqliteLog) -> None:
    """An append is answered before anything is removed; the next one comes after that."""
    for number in range(3):
        await log.append([entry(number, 1, RECORDS)])
    await asyncio.sleep(0.02)


async def test_what_is_too_much_goes_and_the_youngest_stay(tmp_path: Path) -> None:
    log = opened(tmp_path, max_bytes=20_000)
    for number in range(60):
        await log.append([entry(number, 700), entry(number, 700, RECORDS)])
    await settled(log)
    assert await held(log) == list(range(40, 60))
    assert len(await held(log, RECORDS)) == 63
    await log.close()


async def test_what_is_too_old_goes_and_offsets_go_on(tmp_path: Path) -> None:
    log = opened(tmp_path, days=7)
    await log.append([entry(number, 10, age_days=8) for number in range(10)])
    await settled(log)
    assert await held(log) == []
    assert (await log.ends([QUARANTINE]))[ONE] == 10
    (position,) = await log.append([entry(10, 10)])
    assert position.offset == 10
    await log.close()
    again = opened(tmp_path, days=7)
    assert (await again.ends([QUARANTINE]))[ONE] == 11
    assert await held(again) == [10]
    await again.close()


async def test_it_looks_again_at_once_while_there_is_more_and_never_at_the_young(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SqliteLog(tmp_path, partitions=1)
    ages = [8.0] * 6 + [0.0] * 2
    await log.append([entry(number, 10, age_days=age) for number, age in enumerate(ages)])
    monkeypatch.setattr(retention, "_MOST_ROWS", 2)
    trimmer = Trimmer(Retention(days=7), 1, lambda: NOW_MS, pause_s=3_600)
    trimmer.next_at = 0
    left = []
    with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as connection:
        for _ in range(5):
            trimmer.trim(connection)
            left.append(len(await held(log)))
        trimmer.next_at = 0
        trimmer.trim(connection)
    assert left[-1] == 2
    assert left[0] > left[1]
    assert await held(log) == [6, 7]
    await log.close()


async def test_a_log_with_an_end_keeps_room_for_the_truth(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, partitions=1, max_bytes=1_000_000)
    log._appender._trimmer._pause_s = 0
    log._appender._trimmer.next_at = 0
    for number in range(100):
        await log.append([entry(number, 50_000)])
        await asyncio.sleep(0.002)
    await log.append([entry(1, 300_000, RECORDS)])
    with pytest.raises(Transient):
        await log.append([entry(2, 900_000, RECORDS)])
    await log.close()


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.floats(0, 20)), max_size=30),
    st.floats(1, 15),
    st.integers(1_000, 30_000),
)
@settings(max_examples=8, deadline=None)
async def test_positions_never_go_back_and_never_repeat(
    tmp_path_factory: pytest.TempPathFactory,
    sent: list[tuple[int, float]],
    days: float,
    max_bytes: int,
) -> None:
    log = opened(tmp_path_factory.mktemp("log"), days=days, max_bytes=max_bytes)
    given_offsets = []
    for number, (size, age_days) in enumerate(sent):
        (position,) = await log.append([entry(number, size, age_days=age_days)])
        given_offsets.append(position.offset)
    await settled(log)
    assert given_offsets == list(range(len(sent)))
    assert (await log.ends([QUARANTINE]))[ONE] == len(sent)
    left = await held(log)
    assert left == list(range(len(sent)))[len(sent) - len(left) :]
    assert sum(sent[offset][0] for offset in left) <= max_bytes
    await log.close()


async def test_nothing_else_is_ever_removed(tmp_path: Path) -> None:
    log = opened(tmp_path, days=1, max_bytes=10_000)
    for topic in TOPICS:
        await log.append([entry(number, 5_000, topic, age_days=400) for number in range(4)])
    await settled(log)
    shorter = [topic for topic in TOPICS if len(await held(log, topic)) < 4]
    assert shorter == [AUDIT_CHECKPOINTS, AUDIT_EVENTS, QUARANTINE, INBOX, TICKS]
    await log.close()


async def test_ticks_go_after_a_day_but_never_the_last(tmp_path: Path) -> None:
    log = opened(tmp_path)
    await log.append([entry(number, 10, TICKS, age_days=4 - number) for number in range(3)])
    await settled(log)
    assert await held(log, TICKS) == [2]
    await log.append([entry(9, 10, TICKS, age_days=2)])
    await settled(log)
    assert await held(log, TICKS) == [3]
    assert (await log.ends([TICKS]))[Partition(TICKS, 0)] == 4
    await log.close()


async def test_looks_go_when_they_are_old_and_every_group_has_handled_them(tmp_path: Path) -> None:
    log = opened(tmp_path, audit_days=30)
    ages = [40, 39, 38, 37, 36, 10, 50, 0]
    await log.append([entry(n, 10, AUDIT, age_days=age) for n, age in enumerate(ages)])
    await settled(log)
    assert await held(log, AUDIT) == list(range(8))
    place = Partition(AUDIT, 0)
    await log.commit("audit", {place: 8})
    await log.commit("another", {place: 3})
    await settled(log)
    assert await held(log, AUDIT) == list(range(3, 8))
    await log.commit("another", {place: 8})
    await settled(log)
    assert await held(log, AUDIT) == [5, 6, 7]
    assert (await log.ends([AUDIT]))[place] == 8
    await log.close()


async def test_looks_that_are_many_go_some_at_a_time_and_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_MOST_ROWS", 100)
    log = opened(tmp_path, audit_days=30)
    await log.append([entry(number, 1, AUDIT, age_days=31) for number in range(4_500)])
    await log.commit("audit", {Partition(AUDIT, 0): 4_400})
    for _ in range(60):
        await settled(log)
        if len(left := await held(log, AUDIT)) == 100:
            break
    assert left == list(range(4_400, 4_500))
    await log.close()
