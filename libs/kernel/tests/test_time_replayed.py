"""What waits is the same after a rebuild, also where all old ticks are gone from the log."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.ticks import tick_entry
from c360_kernel.log.topics import EVENTS, MEMBERSHIPS, TICKS
from c360_kernel.payload import Derived, MembershipChanged
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.projection.service import DerivingService
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection, SqliteUnit
from c360_kernel.testing.timers import GROUP, Reminders, event_entry, reminders_by
from c360_kernel.version import Version

EVENTS_SEEN = [(f"e{n}", 3 * n) for n in range(8)]
PRESENT = 21
TABLE = "CREATE TABLE IF NOT EXISTS reminded(name TEXT PRIMARY KEY)"


class Store(SqliteProjection):
    """Keeps what was said, so that a rebuild can be compared with it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{SCHEDULE};{TABLE}", "mend it")

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteUnit]:
        unit = SqliteUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit

    def reminded(self) -> set[str]:
        return {name for (name,) in self.connection.execute("SELECT name FROM reminded")}

    async def emissions(self) -> AsyncIterator[Derived]:
        for name in sorted(self.reminded()):
            key, _, due = name.rpartition(":")
            yield MembershipChanged(key, GROUP, Version(0, int(due)), True, int(due))

    async def counts(self) -> Mapping[str, int]:
        return {}

    async def digest(self) -> str:
        return ""


class Keeping(Reminders):
    async def wake(self, unit: Any, due: Sequence[Scheduled]) -> None:
        await super().wake(unit, due)
        rows = [(f"{one.key}:{one.due}",) for one in due]
        unit.connection.executemany("INSERT OR IGNORE INTO reminded VALUES (?)", rows)


class Forgetful(MemoryLog):
    """A log that kept the last tick alone."""

    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        if partition.topic != TICKS:
            return await super().read(partition, offset, limit)
        last = (await self.ends([TICKS]))[partition] - 1
        return await super().read(partition, max(offset, last), limit)


async def restate(unit: Any, payloads: Sequence[Any]) -> None:
    raise AssertionError("a rebuild says nothing else than what was said")


def service(store: Store) -> DerivingService:
    return DerivingService(
        name=GROUP,
        topics=(TICKS, EVENTS),
        open_store=lambda: store,
        handler=Keeping(),
        derived=MEMBERSHIPS,
        restate=restate,
        open_graph=lambda: None,  # type: ignore[arg-type, return-value]
        batch=2,
    )


async def test_a_rebuild_from_the_last_tick_is_what_was(tmp_path: Path) -> None:
    log = Forgetful()
    live, anew = Store(tmp_path / "live.db"), Store(tmp_path / "anew.db")
    worker = service(live).worker(log, live)
    for at, event in enumerate(EVENTS_SEEN):
        await log.append([event_entry(*event), tick_entry(at), tick_entry(PRESENT - 8 + at)])
        while await worker.step(0):
            pass
    await log.append([tick_entry(PRESENT)])
    while await worker.step(0):
        pass
    await worker.close()
    assert live.reminded() == reminders_by(EVENTS_SEEN, PRESENT) != set()

    async def install() -> None: ...

    assert await rebuild(service(anew), log, anew, install) == 0
    assert anew.reminded() == live.reminded()
    assert await anew.waiting() == await live.waiting()
    assert (await anew.waiting()).present == PRESENT
    await live.close()
    await anew.close()
