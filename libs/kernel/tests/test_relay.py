"""What the log refuses for good is put aside alone; nothing ends or waits for it in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid, Transient, Unusable
from c360_kernel.log.entry import Entry, NewEntry, Position
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.size import MAX_ENTRY_BYTES, fits, size_of
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, RECORDS
from c360_kernel.metrics import DEAD_LETTERS as COUNTED
from c360_kernel.payload import EntryDeadLettered, RecordAssigned
from c360_kernel.projection.dead_letters import unsent_letter
from c360_kernel.projection.port import Outgoing
from c360_kernel.projection.relay import relay
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry, record_entry
from c360_kernel.version import Version
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.tests.test_worker import Remembering, Store


class Outbox:
    """As much of a store as the relay needs."""

    def __init__(self, entries: Sequence[NewEntry]) -> None:
        self.waiting = [Outgoing(n, entry) for n, entry in enumerate(entries, 1)]

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        return self.waiting[:limit]

    async def relayed(self, sequences: Sequence[int]) -> None:
        self.waiting = [out for out in self.waiting if out.sequence not in sequences]


class Refusing(MemoryLog):
    """A log that never takes what names one of these, and once or more often nothing at all."""

    def __init__(self, refused: set[str], away: int = 0) -> None:
        super().__init__()
        self.refused, self.away = refused, away

    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        if self.away:
            self.away -= 1
            raise Transient("away")
        if self.refused & {entry.id for entry in entries}:
            raise Invalid("the topic takes less than an entry may be", code="ENTRY_TOO_LARGE")
        return await super().append(entries)


def _assigned(name: str) -> NewEntry:
    payload = RecordAssigned(RecordKey("crm", name), "c1", Version(0, 1))
    return new_entry(IDENTITIES, f"crm/{name}", payload, entry_id=name)


async def _told(log: MemoryLog, topic: str) -> list[Entry]:
    return [e for p in await log.ends([topic]) for e in await log.read(p, 0, 10_000)]


async def _letters(log: MemoryLog) -> list[EntryDeadLettered]:
    return [decode(DEAD_LETTERS, entry.data) for entry in await _told(log, DEAD_LETTERS)]


@given(st.sets(st.integers(0, 11)), st.integers(1, 13), st.integers(0, 2))
async def test_all_that_can_be_told_is_told_once_and_the_rest_is_a_dead_letter(
    refused: set[int], limit: int, away: int
) -> None:
    names = {str(n) for n in refused}
    entries = [_assigned(str(n)) for n in range(12)]
    log, outbox = Refusing(names, away), Outbox(entries)
    for _ in range(away):
        with pytest.raises(Transient):
            await relay(log, outbox, "g", limit)  # type: ignore[arg-type]
    await relay(log, outbox, "g", limit)  # type: ignore[arg-type]
    items = sorted(entry.id for entry in await _told(log, IDENTITIES))
    assert items == sorted({entry.id for entry in entries} - names)
    letters = await _letters(log)
    assert sorted(letter.entry_id for letter in letters) == sorted(names)
    assert {(one.group, one.topic, one.code) for one in letters} <= {
        ("g", IDENTITIES, "ENTRY_TOO_LARGE")
    }
    assert outbox.waiting == []


async def test_a_worker_goes_on_after_what_the_log_refuses(tmp_path: Path) -> None:
    entries = [record_entry(f"k{n}") for n in range(5)]
    log = Refusing({f"{entries[2].id}-out"})
    worker = Worker("g", [RECORDS], log, Store(tmp_path / "store.db"), Remembering())
    counted = "\n".join(COUNTED.lines())
    await log.append(entries)
    assert await worker.step(1) == 5
    await log.append([record_entry("later")])
    assert await worker.step(1) == 1
    assert len(await _told(log, IDENTITIES)) == 5
    assert [letter.entry_id for letter in await _letters(log)] == [f"{entries[2].id}-out"]
    assert "\n".join(COUNTED.lines()) != counted


@pytest.mark.parametrize("large", [False, True])
def test_a_letter_fits_whatever_it_is_about(large: bool) -> None:
    payload = RecordAssigned(RecordKey("crm", "k"), "c", Version(0, 1))
    entry = new_entry(IDENTITIES, "k", payload)
    if large:
        entry = replace(entry, data=bytes(MAX_ENTRY_BYTES))
    sent = unsent_letter(Outgoing(7, entry), "g", "CODE")
    letter = decode(DEAD_LETTERS, sent.data)
    assert fits(sent)
    assert (letter.entry_id, letter.offset, letter.code) == (entry.id, 7, "CODE")
    assert letter.data == (b"" if large else entry.data)


@pytest.mark.parametrize("sign", ["a", "é", "中", "😀"])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_what_fits_is_told_by_its_bytes(sign: str, more: int) -> None:
    payload = RecordAssigned(RecordKey("crm", "k"), "c", Version(0, 1))
    entry = replace(new_entry(IDENTITIES, "k", payload), subject=sign * 1_000)
    spare = MAX_ENTRY_BYTES - size_of(replace(entry, data=b""))
    sized = replace(entry, data=bytes(spare + more))
    assert fits(sized) is (size_of(sized) <= MAX_ENTRY_BYTES) is (more <= 0)


@pytest.mark.parametrize("method", ["outgoing", "relayed", "begin"])
async def test_what_no_entry_is_to_blame_for_stops_the_worker_by_its_code(
    tmp_path: Path, method: str
) -> None:
    log, store = MemoryLog(), Store(tmp_path / "store.db")
    worker = Worker("g", [RECORDS], log, store, Remembering())
    await log.append([record_entry("k")])

    async def refuse(*_: object) -> None:
        raise Invalid("the document is too large", code="STORE_DOCUMENT")

    setattr(store, method, refuse)
    with pytest.raises(Unusable) as stopped:
        await asyncio.wait_for(worker.run(asyncio.Event()), 60)
    assert stopped.value.code == "STORE_DOCUMENT"
