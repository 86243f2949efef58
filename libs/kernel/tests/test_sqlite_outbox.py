"""What a store remembers of its outbox is what its file says, whoever wrote or relayed it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from c360_kernel.log.entry import NewEntry
from c360_kernel.projection import sqlite_outbox
from c360_kernel.projection.port import Outgoing
from c360_kernel.projection.sqlite_outbox import Remembered
from c360_kernel.testing.entries import record_entry
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.kernel.tests.test_worker import Store

WRITERS = st.integers(0, 1)
WRITES = st.tuples(st.just("write"), WRITERS, st.integers(0, 70), st.booleans())
RELAYS = st.tuples(st.just("relay"), WRITERS, st.integers(1, 90), st.booleans())
CLEARS = st.tuples(st.just("clear"), WRITERS, st.just(0), st.just(False))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def write(store: Store, entries: Sequence[NewEntry], fails: bool = False) -> None:
    with suppress(ZeroDivisionError):
        async with store.unit() as unit:
            for entry in entries:
                unit.emit(entry)
            if fails:
                raise ZeroDivisionError


async def in_file(store: Store) -> Sequence[Outgoing]:
    """What a store waits to relay that knows nothing but the file."""
    other = Store(store.path)
    found = await other.outgoing(10_000)
    await other.close()
    return found


def entries(count: int) -> list[NewEntry]:
    return [record_entry(f"k{n}") for n in range(count)]


def asked_for_entries(store: Store) -> Iterator[str]:
    """The statements that read what entries say, from now on."""
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    return (sql for sql in asked if sql.startswith("SELECT seq,"))


async def test_what_a_store_put_in_it_need_not_read_again(path: Path) -> None:
    store, put = Store(path), entries(100)
    reads = asked_for_entries(store)
    await write(store, put)
    waiting = await store.outgoing(1_000)
    assert [out.entry for out in waiting] == put
    assert list(reads) == []
    assert waiting == await in_file(store)
    await store.close()


async def test_no_more_than_so_many_bytes_are_remembered(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = entries(9)
    monkeypatch.setattr(sqlite_outbox, "_MOST_BYTES", 0)
    held = Remembered(sum(len(one.data) for one in put[:8]))
    held.keep(dict(enumerate(put[:8])))
    held.forget([0, 1])
    held.keep(dict(enumerate(put[:2])))
    assert len(held) == 8
    held.keep({8: put[8]})
    assert len(held) == 0
    store = Store(path)
    await write(store, put)
    assert [out.entry for out in await store.outgoing(100)] == put
    await store.close()


@given(st.lists(WRITES | RELAYS | CLEARS, max_size=12))
@settings(max_examples=60, deadline=None)
def test_two_stores_of_a_file_wait_for_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("outbox") / "store.db"

    async def run() -> None:
        stores = [Store(path), Store(path)]
        for kind, one, count, flag in steps:
            store = stores[one]
            if kind == "write":
                await write(store, entries(count), fails=flag)
            elif kind == "clear":
                await store.clear_outbox()
            else:
                after = 3 if flag else 0
                some = await store.outgoing_after(after, count)
                await store.relayed([out.sequence for out in some])
            expected = await in_file(store)
            assert [await other.outgoing(10_000) for other in stores] == [expected, expected]
            assert await store.outgoing_after(2, 5) == [o for o in expected if o.sequence > 2][:5]
        for store in stores:
            await store.close()

    asyncio.run(run())
