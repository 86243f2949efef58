"""The worker's promises over the SQLite projection: once, in order, nothing lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel import metrics
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid, SettingsError, Transient, Unusable
from c360_kernel.log.entry import Entry, NewEntry, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, RECORDS
from c360_kernel.metrics import ENTRIES_HANDLED
from c360_kernel.otlp import OtlpTracer
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.leader_election import SoleReplica
from c360_kernel.projection.progress import Interrupted
from c360_kernel.projection.service import Projection
from c360_kernel.projection.sqlite import SqliteProjection, SqliteUnit
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.telemetry import new_traceparent, trace_id
from c360_kernel.testing.entries import new_entry, record_entry
from c360_kernel.version import Version
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

_ASSIGNED = RecordAssigned(RecordKey("crm", "k"), "c1", Version(0, 1))
_SCHEMA = "CREATE TABLE IF NOT EXISTS seen(id TEXT, n INTEGER)"


class Store(SqliteProjection):
    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, "mend it")

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteUnit]:
        unit = SqliteUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit

    def seen(self) -> list[str]:
        return [row[0] for row in self.connection.execute("SELECT id FROM seen ORDER BY rowid")]


class Remembering:
    """Notes every entry and emits one assignment for it; fails where it is told to."""

    def __init__(self) -> None:
        self.poison: dict[str, Exception] = {}
        self.passing: list[Exception] = []

    async def handle(self, unit: SqliteUnit, entries: Sequence[Entry]) -> None:
        for entry in entries:
            unit.connection.execute("INSERT INTO seen VALUES (?, 1)", (entry.id,))
            unit.emit(self._assigned(entry))
            if entry.id in self.poison:
                raise self.poison[entry.id]
        if self.passing:
            raise self.passing.pop()

    def _assigned(self, entry: Entry) -> NewEntry:
        record = decode(RECORDS, entry.data).record
        payload = RecordAssigned(record, "c1", Version(0, entry.offset + 1))
        return new_entry(IDENTITIES, entry.key, payload, entry_id=f"{entry.id}-out")


class Cancelled(Remembering):
    """Is cancelled in the middle of each batch, by a stop or by a driver of its own accord."""

    def __init__(self, *, by_a_stop: bool) -> None:
        super().__init__()
        self.by_a_stop = by_a_stop

    async def handle(self, unit: SqliteUnit, entries: Sequence[Entry]) -> None:
        await super().handle(unit, entries)
        this = asyncio.current_task()
        assert this is not None
        if self.by_a_stop:
            this.cancel()
        else:
            raise asyncio.CancelledError
        await asyncio.sleep(60)


async def _cancelled(worker: Worker[SqliteUnit]) -> None:
    """Take what is next in a task that is cancelled."""
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(worker.step(1))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.db")


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def handler() -> Remembering:
    return Remembering()


@pytest.fixture
def worker(log: MemoryLog, store: Store, handler: Remembering) -> Worker[SqliteUnit]:
    return Worker("g", [RECORDS], log, store, handler)


async def _ids(log: MemoryLog, topic: str) -> list[str]:
    return [e.id for p in await log.ends([topic]) for e in await log.read(p, 0, 10_000)]


async def test_state_outbox_and_position_move_together(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit]
) -> None:
    entries = [record_entry(f"k{n}") for n in range(10)]
    await log.append(entries)
    assert await worker.step(1)
    assert sorted(store.seen()) == sorted(e.id for e in entries)
    assert sorted(await _ids(log, IDENTITIES)) == sorted(f"{e.id}-out" for e in entries)
    assert await store.positions() == {p: n for p, n in (await log.ends([RECORDS])).items() if n}
    assert {p: n for p, n in (await log.committed("g")).items() if n} == await store.positions()
    assert not await worker.step(0.01)


async def test_an_invalid_entry_is_put_aside_alone(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    entries = [record_entry(f"k{n}") for n in range(10)]
    handler.poison[entries[4].id] = Invalid("no", code="RECORD_BAD")
    await log.append(entries)
    await worker.step(1)
    assert sorted(store.seen()) == sorted(e.id for e in entries if e is not entries[4])
    (letter,) = await _payloads(log, DEAD_LETTERS)
    assert (letter.code, letter.entry_id, letter.group) == ("RECORD_BAD", entries[4].id, "g")
    assert letter.data == entries[4].data


async def test_entries_taken_singly_are_relayed_one_by_one(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    entries = [record_entry("same", revision=n) for n in range(10)]
    handler.poison[entries[9].id] = Invalid("no", code="BAD")
    waiting: list[int] = []
    handle = handler.handle

    async def noting(unit: SqliteUnit, handled: Sequence[Entry]) -> None:
        waiting.append(len(await store.outgoing(100)))
        await handle(unit, handled)

    handler.handle = noting  # type: ignore[method-assign]
    await log.append(entries)
    await worker.step(1)
    assert waiting == [0] * 11
    assert len(await _ids(log, IDENTITIES)) == 9


async def test_an_entry_that_always_fails_is_put_aside_after_three_tries(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    entry = record_entry("k")
    handler.poison[entry.id] = RuntimeError("a bug")
    await log.append([entry])
    await worker.step(1)
    (letter,) = await _payloads(log, DEAD_LETTERS)
    assert letter.code == "HANDLER_FAILED"
    assert store.seen() == []


async def test_a_store_that_is_at_fault_stops_the_worker_and_blames_no_entry(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit]
) -> None:
    entries = [record_entry(f"k{n}") for n in range(10)]
    await log.append(entries)
    store.connection.execute("ALTER TABLE seen RENAME COLUMN n TO m")
    store.connection.execute("ALTER TABLE seen RENAME TO other")
    for _ in range(4):
        with pytest.raises(Unusable):
            await asyncio.wait_for(worker.run(asyncio.Event()), 60)
        await worker.close()
        worker = Worker("g", [RECORDS], log, store, Remembering())
    assert await _ids(log, DEAD_LETTERS) == []
    assert await store.attempts() == []
    store.connection.execute("ALTER TABLE other RENAME TO seen")
    store.connection.execute("ALTER TABLE seen RENAME COLUMN m TO n")
    assert await worker.step(1) == 10
    assert sorted(store.seen()) == sorted(e.id for e in entries)


async def _appended(log: MemoryLog, begun: Store | None) -> list[NewEntry]:
    """Three entries of one partition; a store that has begun them before knows of an attempt."""
    entries = [record_entry("same", revision=n) for n in range(3)]
    await log.append(entries)
    (held,) = [p for p, n in (await log.ends([RECORDS])).items() if n]
    if begun is not None:
        await begun.begin(await log.read(held, 0, 3))
    return entries


@pytest.mark.parametrize("begun_before", [False, True])
async def test_an_end_that_interrupts_what_is_handled_blames_no_entry(
    log: MemoryLog, store: Store, handler: Remembering, begun_before: bool
) -> None:
    entries = await _appended(log, store if begun_before else None)
    for _ in range(4):
        handler.passing = [Interrupted()]
        worker = Worker("g", [RECORDS], log, store, handler)
        with pytest.raises(Interrupted):
            await asyncio.wait_for(worker.run(asyncio.Event()), 60)
    assert (store.seen(), await store.positions()) == ([], {})
    assert await Worker("g", [RECORDS], log, store, handler).step(1) == 3
    assert store.seen() == [e.id for e in entries]
    assert await _ids(log, DEAD_LETTERS) == []
    assert await store.attempts() == []


@pytest.mark.parametrize("begun_before", [False, True])
async def test_a_batch_that_is_cancelled_in_the_middle_blames_no_entry(
    log: MemoryLog, store: Store, handler: Remembering, begun_before: bool
) -> None:
    entries = await _appended(log, store if begun_before else None)
    for _ in range(4):
        worker = Worker("g", [RECORDS], log, store, Cancelled(by_a_stop=True))
        await _cancelled(worker)
        await worker.close()
    assert (store.seen(), await store.positions()) == ([], {})
    assert await Worker("g", [RECORDS], log, store, handler).step(1) == 3
    assert store.seen() == [e.id for e in entries]
    assert await _ids(log, DEAD_LETTERS) == []
    assert await store.attempts() == []


async def test_a_cancelled_batch_waits_little_for_a_store_that_stands_still(
    log: MemoryLog, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stands_still(_: Sequence[Entry]) -> None:
        await asyncio.sleep(60)

    await log.append([record_entry("k")])
    monkeypatch.setattr("c360_kernel.projection.worker._LEAVE_S", 0.1)
    monkeypatch.setattr(store, "end", stands_still)
    async with asyncio.timeout(20):
        await _cancelled(Worker("g", [RECORDS], log, store, Cancelled(by_a_stop=True)))


async def test_what_cancels_itself_each_time_is_put_aside_as_what_kills(
    log: MemoryLog, store: Store, handler: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("c360_kernel.projection.worker.LAST_TRY_S", 0)
    await log.append([record_entry("k")])
    for _ in range(3):
        worker = Worker("g", [RECORDS], log, store, Cancelled(by_a_stop=False))
        await _cancelled(worker)
        await worker.close()
    assert await Worker("g", [RECORDS], log, store, handler).step(1) == 1
    (letter,) = await _payloads(log, DEAD_LETTERS)
    assert letter.code == "HANDLER_FAILED"


async def test_one_that_is_interrupted_at_its_end_leaves_the_rest_and_its_group(
    log: MemoryLog, store: Store, handler: Remembering
) -> None:
    await log.append([record_entry("k")])
    handler.passing, election, stop = [Interrupted()], Elected(), asyncio.Event()
    stop.set()
    await Worker("g", [RECORDS], log, store, handler, election=election, last_s=5.0).run(stop)
    assert (store.seen(), await store.positions()) == ([], {})
    assert election.is_closed


async def test_a_transient_error_is_retried_and_nothing_is_put_aside(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    handler.passing = [Transient("down"), Transient("down")]
    entry = record_entry("k")
    await log.append([entry])
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(60):
        while not store.seen():
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert store.seen() == [entry.id]
    assert await _ids(log, DEAD_LETTERS) == []


async def test_a_crash_between_commit_and_relay_loses_nothing(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    await log.append([record_entry("k")])
    await worker.feed(1)
    assert await _ids(log, IDENTITIES) == []
    await worker.close()
    await Worker("g", [RECORDS], log, store, handler).step(0.01)
    assert len(await _ids(log, IDENTITIES)) == 1
    assert len(store.seen()) == 1


async def test_what_comes_to_wait_in_the_outbox_is_told_while_no_entry_comes(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit]
) -> None:
    await log.append([record_entry("k")])
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(60):
        while not sum((await log.committed("g")).values()):
            await asyncio.sleep(0.01)
        async with store.unit() as unit:
            unit.emit(new_entry(IDENTITIES, "k", _ASSIGNED, entry_id="later"))
        while "later" not in await _ids(log, IDENTITIES):
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert not await store.outgoing(1)


@pytest.mark.parametrize(("last_s", "taken"), [(5.0, ["a", "b"]), (0.0, [])])
async def test_one_that_vouches_for_the_log_takes_at_its_end_what_is_in_it(
    log: MemoryLog, store: Store, handler: Remembering, last_s: float, taken: list[str]
) -> None:
    await log.append([replace(record_entry(name), id=name) for name in ("a", "b")])
    stop = asyncio.Event()
    stop.set()
    await Worker("seen", [RECORDS], log, store, handler, batch=1, last_s=last_s).run(stop)
    assert sorted(store.seen()) == taken


class Elected(SoleReplica):
    """Leads until it is closed."""

    is_closed = False

    async def close(self) -> None:
        self.is_closed = True


async def test_who_stops_gives_the_lead_up(log: MemoryLog, store: Store) -> None:
    election = Elected()
    worker = Worker("g", [RECORDS], log, store, Remembering(), election=election)
    stop = asyncio.Event()
    stop.set()
    await worker.run(stop)
    assert election.is_closed


async def test_entries_begun_by_a_killed_process_are_tried_singly_then_put_aside(
    log: MemoryLog, store: Store, handler: Remembering
) -> None:
    entries = [record_entry("same", revision=n) for n in range(3)]
    await log.append(entries)
    (held,) = [p for p, n in (await log.ends([RECORDS])).items() if n]
    deadly = (await log.read(held, 1, 1))[0]
    await store.begin(await log.read(held, 0, 3))
    for _ in range(3):
        await store.begin([deadly])
    await Worker("g", [RECORDS], log, store, handler).step(1)
    assert store.seen() == [entries[0].id, entries[2].id]
    (letter,) = await _payloads(log, DEAD_LETTERS)
    assert letter.entry_id == entries[1].id
    assert await store.attempts() == []


async def test_the_last_try_waits_so_that_who_kills_from_outside_is_not_taken_for_the_entry(
    log: MemoryLog, store: Store, handler: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = record_entry("k")
    await log.append([entry])
    (held,) = [p for p, n in (await log.ends([RECORDS])).items() if n]
    for _ in range(2):
        await store.begin(await log.read(held, 0, 1))
    monkeypatch.setattr("c360_kernel.projection.worker.LAST_TRY_S", 60)
    for _ in range(2):
        worker = Worker("g", [RECORDS], log, store, handler)
        with suppress(TimeoutError):
            await asyncio.wait_for(worker.step(1), 0.3)
        await worker.close()
        assert [attempt.times for attempt in await store.attempts()] == [2]
    monkeypatch.setattr("c360_kernel.projection.worker.LAST_TRY_S", 0)
    await Worker("g", [RECORDS], log, store, handler).step(1)
    assert store.seen() == [entry.id]
    assert await store.attempts() == []


class Leaving(Store):
    """A store that leaves again and again while an entry is handled, after it noted the begin."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__(path)
        self.left = times
        self.away = False

    async def begin(self, entries: Sequence[Entry]) -> None:
        await super().begin(entries)
        if self.left:
            self.left -= 1
            self.away = True
            raise Transient("left")

    async def end(self, entries: Sequence[Entry]) -> None:
        if self.away:
            self.away = False
            raise Transient("not back yet")
        await super().end(entries)


async def test_a_store_that_leaves_many_times_at_one_entry_puts_nothing_aside(
    log: MemoryLog, tmp_path: Path, handler: Remembering
) -> None:
    entry = record_entry("k")
    await log.append([entry])
    store = Leaving(tmp_path / "leaving.db", 8)
    worker = Worker("g", [RECORDS], log, store, handler)
    for _ in range(100):
        with suppress(Transient):
            if await worker.step(0.01):
                break
        await worker._consumer.rewind()
    assert store.seen() == [entry.id]
    assert await _ids(log, DEAD_LETTERS) == []
    assert await store.attempts() == []


async def test_a_store_ahead_of_its_log_is_refused(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit]
) -> None:
    async with store.unit() as unit:
        await unit.advance({}, {Partition(RECORDS, 0): 9})
    with pytest.raises(SettingsError) as refused:
        await worker.step(0.01)
    assert refused.value.code == "PROJECTION_AHEAD"


async def _payloads(log: MemoryLog, topic: str) -> list:
    return [
        decode(topic, e.data) for p in await log.ends([topic]) for e in await log.read(p, 0, 10_000)
    ]


async def test_what_is_handled_and_what_is_put_aside_is_counted(
    log: MemoryLog, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    handled, aside = ENTRIES_HANDLED.value("g"), metrics.DEAD_LETTERS.value("g")
    entries = [record_entry(f"k{n}") for n in range(4)]
    handler.poison[entries[1].id] = Invalid("no", code="RECORD_BAD")
    await log.append(entries)
    assert await worker.step(1) == 4
    assert ENTRIES_HANDLED.value("g") - handled == 4
    assert metrics.DEAD_LETTERS.value("g") - aside == 1


async def test_a_batch_is_in_the_trace_of_the_entry_that_it_handles(
    log: MemoryLog, store: Store, handler: Remembering
) -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 1.0, exporter)
    cause = new_traceparent()
    await log.append([replace(record_entry("k"), traceparent=cause)])
    assert await Worker("g", [RECORDS], log, store, handler, tracer=tracer).step(1) == 1
    tracer.close()
    (span,) = exporter.get_finished_spans()
    assert span.name == "g batch"
    assert f"{span.context.trace_id:032x}" == trace_id(cause)


async def test_a_batch_that_fails_is_noted_by_type_alone(
    log: MemoryLog, store: Store, handler: Remembering
) -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 1.0, exporter)
    handler.passing = [Transient("13800138000")]
    await log.append([record_entry("k")])
    with pytest.raises(Transient):
        await Worker("g", [RECORDS], log, store, handler, tracer=tracer).step(1)
    tracer.close()
    (span,) = exporter.get_finished_spans()
    assert span.attributes == {"c360.entries": 1, "error.type": "Transient"}
    assert "13800138000" not in span.to_json()


def test_a_worker_waits_for_a_store_that_does_not_answer_yet(tmp_path: Path) -> None:
    started = threading.Event()
    refusals = [Transient("away"), Transient("away")]

    class Waited(Projection):
        async def opened(self, log: EventLog, store: Store) -> None:
            if refusals:
                raise refusals.pop()
            started.set()

    projection = Waited(
        name="g",
        topics=(RECORDS,),
        open_store=lambda: Store(tmp_path / "store.db"),
        handler=Remembering(),
    )
    failures: list[BaseException] = []
    thread = WorkerThread(projection, MemoryLog, failures.append)
    thread.start()
    assert started.wait(20)
    thread.stop()
    assert not refusals
    assert failures == []


class Stuck:
    """Never through with what it is handed."""

    def __init__(self) -> None:
        self.began = threading.Event()

    async def handle(self, unit: SqliteUnit, entries: Sequence[Entry]) -> None:
        unit.connection.execute("INSERT INTO seen VALUES ('half', 1)")
        self.began.set()
        await asyncio.Event().wait()


async def test_a_worker_in_the_middle_of_a_batch_is_cancelled_and_the_batch_is_left(
    tmp_path: Path, log: MemoryLog
) -> None:
    await log.append([record_entry("k")])
    stuck, failures = Stuck(), list[BaseException]()
    open_store = lambda: Store(tmp_path / "stuck.db")  # noqa: E731
    projection = Projection(name="p", topics=(RECORDS,), open_store=open_store, handler=stuck)
    thread = WorkerThread(projection, lambda: log, failures.append)
    thread.start()
    assert await asyncio.to_thread(stuck.began.wait, 20)
    thread.request_stop()
    await asyncio.to_thread(thread.wait, 0.3)
    assert thread.is_alive
    thread.cancel()
    await asyncio.to_thread(thread.wait, 20)
    assert not thread.is_alive
    assert failures == []
    store = open_store()
    assert (store.seen(), await store.positions()) == ([], {})
    await store.close()


async def test_a_store_that_is_slow_for_once_does_not_end_who_feeds_it(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    handler.passing = [Transient("a store took too long")]
    (entry,) = [record_entry("k")]
    await log.append([entry])
    assert [one.id for one in await worker.feed(1)] == [entry.id]
    assert store.seen() == [entry.id]


async def test_nothing_is_left_of_a_log_whose_store_was_slow_for_once(
    log: MemoryLog, store: Store, worker: Worker[SqliteUnit], handler: Remembering
) -> None:
    entries = [record_entry("k"), record_entry("l")]
    await log.append(entries)
    handler.passing = [Transient("a store took too long")]
    assert await worker.exhaust()
    assert not await worker.exhaust()
    assert sorted(store.seen()) == sorted(entry.id for entry in entries)
    assert len(await _ids(log, IDENTITIES)) == 2
