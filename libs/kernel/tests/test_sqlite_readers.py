"""Reads in threads: beside the event loop, in parallel, and ended with their request."""

import asyncio
import re
import sqlite3
import threading
import time

import pytest
from c360_kernel.deadline import DeadlineExceeded, seconds_left, seconds_of, within
from c360_kernel.errors import Invalid
from c360_kernel.metering import METER, Meter
from c360_kernel.sqlite import connect, writing
from c360_kernel.sqlite_readers import SqliteReaders
from hypothesis import example, given
from hypothesis import strategies as st

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
SOON_S = 60.0


@pytest.fixture
def readers(tmp_path):
    connect(tmp_path / "a.db").close()
    made = SqliteReaders(tmp_path / "a.db", threads=2)
    yield made
    made.close()


async def test_rows_of_another_connection_are_seen(readers, tmp_path):
    writer = connect(tmp_path / "a.db")
    with writing(writer):
        writer.execute("CREATE TABLE t(x)")
        writer.execute("INSERT INTO t VALUES (7)")
    assert await readers.rows("SELECT x FROM t WHERE x > ?", (1,)) == [(7,)]
    assert await readers.rows("SELECT :a", {"a": 1}) == [(1,)]
    writer.close()


async def test_the_loop_goes_on_and_the_read_ends_with_its_time(readers):
    async with asyncio.timeout(SOON_S):
        with within(0.2), pytest.raises(DeadlineExceeded):
            reading = asyncio.ensure_future(readers.rows(ENDLESS))
            turns = 0
            while not reading.done():
                await asyncio.sleep(0.01)
                turns += 1
            await reading
        assert turns > 3
        assert await readers.rows("SELECT 1") == [(1,)]


async def test_who_leaves_frees_the_thread(readers):
    async with asyncio.timeout(SOON_S):
        endless = [asyncio.ensure_future(readers.rows(ENDLESS)) for _ in range(4)]
        await asyncio.sleep(0.5)
        for one in endless:
            one.cancel()
        assert await readers.rows("SELECT 1") == [(1,)]


class Dawdling(sqlite3.Connection):
    """Takes its time between being handed a read and its first step."""

    handed, may_step = threading.Event(), threading.Event()

    def execute(self, *asked):
        if "RECURSIVE" in asked[0]:
            self.handed.set()
            assert self.may_step.wait(SOON_S)
        return super().execute(*asked)


async def test_who_leaves_before_the_first_step_frees_the_thread(tmp_path, monkeypatch):
    connection = sqlite3.connect(tmp_path / "a.db", factory=Dawdling, check_same_thread=False)
    monkeypatch.setattr("c360_kernel.sqlite_readers.connect", lambda _: connection)
    readers = SqliteReaders(tmp_path / "a.db", threads=1)
    endless = asyncio.ensure_future(readers.rows(ENDLESS))
    assert await asyncio.to_thread(Dawdling.handed.wait, SOON_S)
    endless.cancel()
    await asyncio.sleep(0)
    Dawdling.may_step.set()
    try:
        async with asyncio.timeout(SOON_S):
            assert await readers.rows("SELECT 1") == [(1,)]
    finally:
        connection.interrupt()
        readers.close()


async def test_what_waits_too_long_is_never_begun(readers):
    async with asyncio.timeout(SOON_S):
        endless = [asyncio.ensure_future(readers.rows(ENDLESS)) for _ in range(2)]
        with within(0.1):
            waiting = asyncio.ensure_future(readers.rows("SELECT 1"))
        await asyncio.sleep(0.2)
        assert not any(one.done() for one in endless)
        for one in endless:
            one.cancel()
        with pytest.raises(DeadlineExceeded):
            await waiting
        with within(0), pytest.raises(DeadlineExceeded):
            await readers.rows("SELECT 1")


async def test_other_errors_stay_what_they_are(readers):
    with within(5), pytest.raises(Invalid):
        await readers.rows("SELECT nonsense(")


def test_a_deadline_holds_around_its_block_alone():
    assert seconds_left() is None
    with within(5):
        assert 4 < seconds_left() <= 5
        with within(0):
            time.sleep(0.001)
            assert seconds_left() == 0
        assert seconds_left() > 4
    assert seconds_left() is None


@given(st.integers(-(10**17), 10**17))
def test_a_header_says_milliseconds_and_a_minute_at_most(said):
    assert seconds_of(b"%d" % said) == min(said, 60_000) / 1000


@given(st.binary(max_size=8).filter(lambda said: not re.fullmatch(rb"-?[0-9]+", said)))
@example(b"")
@example(b"1.5")
@example(b"+5")
@example(b"5\n")
@example("٥".encode())
@example(b"9" * 5_000)
def test_a_header_that_is_no_number_is_not_understood(said):
    with pytest.raises(ValueError, match="milliseconds"):
        seconds_of(said)


async def test_a_read_is_on_the_account_of_whom_it_was_made_for(readers):
    collected = []
    METER.set(Meter(collected.append))
    with within(0.1), pytest.raises(DeadlineExceeded):
        await readers.rows(ENDLESS)
    assert sum(collected) > 0
