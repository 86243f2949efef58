"""What one entry causes beyond measure waits for its readers, and nobody else's waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry, NewEntry, Positions
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import IDENTITIES, RECORDS
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection import slices
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry, record_entry
from c360_kernel.version import Version

from libs.kernel.tests.test_worker import Store

SIZE = 4


class Causing:
    """Of each entry as many assignments as its revision says, from some record on."""

    def __init__(self) -> None:
        self.caused: list[tuple[str, str]] = []

    async def handle(self, unit: SqliteUnit, entries: Sequence[Entry]) -> None:
        for entry in entries:
            record = decode(RECORDS, entry.data)
            for n in range(record.revision):
                place = (entry.offset * 7 + n) % 20
                key = entry.key if entry.key.startswith("crm/k") else f"crm/m{place}"
                unit.emit(self._assigned(key, entry))

    def _assigned(self, key: str, entry: Entry) -> NewEntry:
        number = len(self.caused)
        self.caused.append((key, f"{number}"))
        payload = RecordAssigned(RecordKey.parse(key), "c", Version(0, number))
        return new_entry(IDENTITIES, key, payload, stamp=entry.stamp, entry_id=f"{number}")


@pytest.fixture(autouse=True)
def _measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PROMPT", 6)
    monkeypatch.setattr(slices, "_LONGEST_WAIT_S", 1e9)


class Desk:
    def __init__(self, path: Path) -> None:
        self.log, self.handler, self.store = MemoryLog(), Causing(), Store(path)
        self.worker = self.new_worker()

    def new_worker(self) -> Worker[SqliteUnit]:
        return Worker(
            "g", [RECORDS], self.log, self.store, self.handler, batch=SIZE, followers=("reader",)
        )

    async def told(self) -> list[tuple[str, str]]:
        ends = await self.log.ends([IDENTITIES])
        read = [one for part in ends for one in await self.log.read(part, 0, 10_000)]
        return [(one.key, one.id) for one in read]

    async def take(self, *entries: NewEntry) -> None:
        if entries:
            await self.log.append(entries)
        while await self.worker.step(0):
            pass
        await self.worker._relay_and_commit(())

    async def readers_catch_up(self) -> None:
        consumer = self.log.consumer("reader", [IDENTITIES], _nothing)
        await consumer.commit(await self.log.ends([IDENTITIES]))

    async def is_committed(self) -> bool:
        ends, told = await self.log.ends([RECORDS]), await self.log.committed("g")
        return all(told.get(part, 0) == end for part, end in ends.items())


async def _nothing() -> dict[object, int]:
    return {}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "store.db")


async def test_others_go_before_what_one_entry_causes_beyond_measure(desk: Desk) -> None:
    large, small = record_entry("large", revision=50), [record_entry(f"k{n}") for n in range(9)]
    await desk.take(large, small[0])
    assert 0 < len(await desk.told()) < 30
    await desk.take(*small[1:])
    told = await desk.told()
    assert {one.key for one in small} <= {key for key, _ in told}
    assert len(told) < 40


async def test_a_wait_for_it_ends_when_all_is_told_and_others_end_before(desk: Desk) -> None:
    large, small = record_entry("large", revision=50), record_entry("k")
    await desk.take(large)
    for part, end in (await desk.log.ends([RECORDS])).items():
        committed = (await desk.log.committed("g")).get(part, 0)
        assert committed == 0 or committed == end
    assert not await desk.is_committed()
    await desk.take(small)
    for _ in range(50):
        await desk.readers_catch_up()
        await desk.take()
        if await desk.is_committed():
            break
    assert await desk.is_committed()
    assert sorted(await desk.told()) == sorted(desk.handler.caused)
    assert not await desk.store.outgoing(1)


async def test_a_slice_waits_until_its_readers_have_kept_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.take(record_entry("large", revision=50))
    before = len(await desk.told())
    for _ in range(5):
        await desk.take()
    assert len(await desk.told()) == before
    await desk.readers_catch_up()
    await desk.take()
    assert before < len(await desk.told()) <= before + 2 * SIZE
    monkeypatch.setattr(slices, "_LONGEST_WAIT_S", 0.0)
    for _ in range(20):
        await desk.take()
    assert sorted(await desk.told()) == sorted(desk.handler.caused)


async def test_progress_is_told_when_there_is_some(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    await desk.take(record_entry("large", revision=50))
    consumer = desk.worker._consumer
    commit = consumer.commit

    async def noting(positions: Positions) -> None:
        told.append(positions)
        await commit(positions)

    monkeypatch.setattr(consumer, "commit", noting)
    for _ in range(5):
        await desk.take()
    assert told == []
    await desk.take(record_entry("k"))
    assert len(told) == 1


async def test_whoever_comes_next_tells_what_was_left(desk: Desk) -> None:
    await desk.take(record_entry("large", revision=50), record_entry("k"))
    await desk.worker.close()
    desk.worker = desk.new_worker()
    await desk.take(record_entry("later"))
    assert sorted(await desk.told()) == sorted(desk.handler.caused)
    assert await desk.is_committed()


@pytest.mark.parametrize("seed", range(12))
async def test_all_is_told_once_and_of_each_key_in_order(seed: int, desk: Desk) -> None:
    chance = Random(seed)
    for _ in range(12):
        await desk.take(
            *(
                record_entry(
                    chance.choice("abc"),
                    revision=chance.choice((1, 1, 1, 7, 20)),
                )
                for _ in range(chance.randrange(4))
            )
        )
        if chance.random() < 0.4:
            await desk.readers_catch_up()
    while await desk.store.outgoing(1):
        await desk.readers_catch_up()
        await desk.take()
    told = await desk.told()
    assert sorted(told) == sorted(desk.handler.caused)
    for key in {key for key, _ in told}:
        assert [one for one in told if one[0] == key] == [
            one for one in desk.handler.caused if one[0] == key
        ]
    await desk.take()
    assert await desk.is_committed()
