"""What every store of a projection that waits must do, shown by a small one that reminds.

Some time after an event it says so, and once more after that. What it has said by a moment follows
from the events and the moment alone, so it is compared with that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.ticks import tick_entry
from c360_kernel.log.topics import DEAD_LETTERS, EVENTS, MEMBERSHIPS, TICKS
from c360_kernel.payload import EventTracked, MembershipChanged
from c360_kernel.projection.clock import Clock
from c360_kernel.projection.schedule import Scheduled, TimedHandler, TimedUnit, Waiting
from c360_kernel.projection.timers import Timers
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_at
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

OpenTimed = Callable[[], AbstractAsyncContextManager[Any]]
"""Opens an empty store, and closes it."""


@asynccontextmanager
async def closing(store: Any) -> AsyncGenerator[Any]:  # noqa: ANN401 - a store of any kind
    """A store, closed at the end."""
    yield store
    await store.close()


GROUP = "reminders"
WAIT_MS = 10
TIMES = 2
Step = tuple[str, int]


class Reminders(TimedHandler[TimedUnit]):
    """Handler of `events`. A `bad` key cannot be reminded of, and `killed` ends its process."""

    def __init__(self) -> None:
        self.killed = False

    @override
    async def handle(self, unit: TimedUnit, entries: Sequence[Entry]) -> None:
        for entry in entries:
            event: EventTracked = decode(EVENTS, entry.data)
            unit.schedule(event.occurred_at + WAIT_MS, f"{event.message_id}/1")

    @override
    async def wake(self, unit: TimedUnit, due: Sequence[Scheduled]) -> None:
        for one in due:
            name, _, time = one.key.rpartition("/")
            if name.startswith("bad"):
                raise Invalid("nobody can be reminded of this", code="REMINDER_BAD")
            unit.emit(_reminder(one))
            if int(time) < TIMES:
                unit.schedule(one.due + WAIT_MS, f"{name}/{int(time) + 1}")
        if self.killed:
            raise KeyboardInterrupt


class Instance(NamedTuple):
    """A log, a store and what feeds it. Woken for two items at a time."""

    log: MemoryLog
    store: Any
    worker: Worker[Any]

    async def work(self) -> None:
        """Take all that the log has."""
        while await self.worker.step(0):
            pass

    async def reminded(self) -> set[str]:
        """What it said, by name; each once, however often the log has it."""
        ends = await self.log.ends([MEMBERSHIPS])
        return {e.subject for p, end in ends.items() for e in await self.log.read(p, 0, end)}


def instance(log: MemoryLog, store: Any, handler: Reminders | None = None) -> Instance:  # noqa: ANN401
    """An instance over a store of any kind."""
    reminders = handler or Reminders()
    clock = Clock(log, log.lease("clock"), store)
    timers = Timers(GROUP, store, reminders, clock, 2)
    worker = Worker(GROUP, [EVENTS, TICKS], log, store, reminders, batch=3, timers=timers)
    return Instance(log, store, worker)


def event_entry(name: str, at: int) -> NewEntry:
    """An event of this name at this time."""
    record = RecordKey("crm", name)
    payload = EventTracked(record, name, "seen", at)
    return new_entry(EVENTS, str(record), payload, stamp_at(at), entry_id=f"event:{name}")


def reminders_by(events: Collection[tuple[str, int]], present: int) -> set[str]:
    """What is said of these events by a moment."""
    due = {f"{n}/{t}:{at + t * WAIT_MS}" for n, at in events for t in range(1, TIMES + 1)}
    return {one for one in due if int(one.rpartition(":")[2]) <= present}


def next_due(events: Collection[tuple[str, int]], present: int) -> int | None:
    """When the next of these events is due after a moment."""
    due = [at + t * WAIT_MS for _, at in events for t in range(1, TIMES + 1)]
    return min((one for one in due if one > present), default=None)


steps = st.lists(st.tuples(st.sampled_from(["event", "tick", "work"]), st.integers(1, 40)))


class TimersContract:
    """Subclass and override `open_timed`. `timed_examples` is how many worlds are tried on it."""

    timed_examples: ClassVar[int] = 20

    @pytest.fixture
    def open_timed(self) -> OpenTimed:
        """Opens an empty store under test."""
        raise NotImplementedError

    async def test_what_is_scheduled_is_due_from_its_moment_on(self, open_timed: OpenTimed) -> None:
        async with open_timed() as store:
            assert await store.waiting() == Waiting(0, None)
            async with store.unit() as unit:
                for due, key in ((7, "b"), (7, "a"), (5, "客/1"), (9, "a"), (7, "b")):
                    unit.schedule(due, key)
            assert await store.waiting() == Waiting(0, 5)
            assert await _taken(store, 0) == []
            assert await _taken(store, 7, 2) == [(5, "客/1"), (7, "a")]
            assert await store.waiting() == Waiting(7, 7)
            assert await _taken(store, 8) == [(7, "b")]
            assert await _taken(store, 8) == []
            assert await store.waiting() == Waiting(8, 9)

    async def test_what_is_due_at_once_is_due_before_any_tick(self, open_timed: OpenTimed) -> None:
        async with open_timed() as store:
            async with store.unit() as unit:
                unit.schedule(0, "a")
                unit.schedule(1, "b")
            async with store.unit() as unit:
                assert await unit.take_due(9) == [(0, "a")]

    async def test_the_present_never_goes_back(self, open_timed: OpenTimed) -> None:
        async with open_timed() as store:
            for at in (100, 9, 20):
                async with store.unit() as unit:
                    await unit.tick(at)
            assert await store.waiting() == Waiting(100, None)

    async def test_what_fails_is_due_as_before(self, open_timed: OpenTimed) -> None:
        async with open_timed() as store:
            async with store.unit() as unit:
                unit.schedule(5, "a")
            with pytest.raises(KeyError):
                async with store.unit() as unit:
                    unit.schedule(6, "b")
                    await unit.tick(9)
                    await unit.take_due(9)
                    raise KeyError
            assert await store.waiting() == Waiting(0, 5)
            assert await _taken(store, 9) == [(5, "a")]

    def test_any_ticks_give_what_the_last_alone_gives(self, open_timed: OpenTimed) -> None:
        """However entries and ticks follow each other, and whatever was handled between them."""

        @settings(
            max_examples=self.timed_examples,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(steps, st.integers(41, 60))
        def same(made: list[Step], last: int) -> None:
            asyncio.run(_expect_same(open_timed, made, last))

        same()

    async def test_a_replay_from_the_last_tick_equals_what_was(self, open_timed: OpenTimed) -> None:
        events = [("a", 5), ("b", 30), ("c", 12)]
        live = MemoryLog()
        async with open_timed() as store:
            there = instance(live, store)
            for at, (name, occurred) in zip((14, 17, 33), events, strict=True):
                await live.append([event_entry(name, occurred), tick_entry(at)])
                await there.work()
            reminded, waiting = await there.reminded(), await store.waiting()
        again = MemoryLog()
        await again.append([tick_entry(33), *(event_entry(*one) for one in reversed(events))])
        async with open_timed() as store:
            here = instance(again, store)
            await here.work()
            assert await here.reminded() == reminded == reminders_by(events, 33)
            assert await store.waiting() == waiting

    async def test_a_kill_before_it_is_woken_loses_nothing(self, open_timed: OpenTimed) -> None:
        """The tick is taken, and the process ends before, or while, the handler is woken."""
        log, killed = MemoryLog(), Reminders()
        killed.killed = True
        async with open_timed() as store:
            first = instance(log, store, killed)
            await log.append([event_entry("a", 5), event_entry("b", 6), tick_entry(50)])
            with pytest.raises(KeyboardInterrupt):
                await first.work()
            await first.worker.close()
            second = instance(log, store)
            await second.work()
            assert await second.reminded() == reminders_by([("a", 5), ("b", 6)], 50)

    async def test_what_cannot_be_woken_is_put_aside_alone(self, open_timed: OpenTimed) -> None:
        log = MemoryLog()
        async with open_timed() as store:
            there = instance(log, store)
            await log.append([event_entry(n, 5) for n in ("bad1", "bad2", "good", "after")])
            await log.append([tick_entry(50)])
            await there.work()
            assert await there.reminded() == reminders_by([("good", 5), ("after", 5)], 50)
            ends = await log.ends([DEAD_LETTERS])
            letters = [e for p, end in ends.items() for e in await log.read(p, 0, end)]
            codes = sorted((e.key, decode(DEAD_LETTERS, e.data).code) for e in letters)
            assert codes == [("bad1/1", "REMINDER_BAD"), ("bad2/1", "REMINDER_BAD")]
            assert await store.waiting() == Waiting(50, None)


async def _expect_same(open_timed: OpenTimed, made: Sequence[Step], last: int) -> None:
    log = MemoryLog()
    events = [(f"e{n}", at) for n, (kind, at) in enumerate(made) if kind == "event"]
    unappended = iter(events)
    async with open_timed() as store:
        there = instance(log, store)
        for kind, at in made:
            if kind == "work":
                await there.worker.step(0)
            elif kind == "tick":
                await log.append([tick_entry(at)])
            else:
                await log.append([event_entry(*next(unappended))])
        await log.append([tick_entry(last)])
        await there.work()
        assert await there.reminded() == reminders_by(events, last)
        assert await store.waiting() == Waiting(last, next_due(events, last))


async def _taken(store: Any, present: int, limit: int = 9) -> Sequence[Scheduled]:  # noqa: ANN401
    async with store.unit() as unit:
        await unit.tick(present)
    async with store.unit() as unit:
        return await unit.take_due(limit)


def _reminder(item: Scheduled) -> NewEntry:
    payload = MembershipChanged(item.key, GROUP, Version(0, item.due), True, item.due)
    name = f"{item.key}:{item.due}"
    return NewEntry(
        topic=MEMBERSHIPS,
        key=item.key,
        id=name,
        type="c360.test.v1",
        source="c360/test",
        subject=name,
        time=item.due,
        stamp=stamp_at(item.due),
        data=new_entry(MEMBERSHIPS, item.key, payload).data,
    )
