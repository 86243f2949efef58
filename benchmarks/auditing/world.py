"""An instance's audit with many operations: its log, its store, and the entries as they came."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.signing import SIGNER
from c360_kernel.codec import encode
from c360_kernel.log.entry import (
    Entry,
    NewEntry,
    Partition,
    entry_at,
    partition_of,
    to_append_again,
)
from c360_kernel.log.identity import Origin
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.stamp import StampClock, stamp_ms

PARTITIONS = 3
BATCH = 500
_APPENDED = 10_000
_DAY_MS = 86_400_000
_COORDINATES = [f"Profile.trait{n}" for n in range(40)] + ["Profile.phone", "Profile.email"]
_clock = StampClock(node="0" * 12)


@dataclass(frozen=True, slots=True)
class World:
    """Where an instance's audit is, and how much of it there is."""

    directory: Path
    operations: int

    def open_store(self) -> SqliteAuditLog:
        """Its audit store."""
        return SqliteAuditLog(self.directory / "audit.db", SIGNER)

    def open_log(self) -> SqliteLog:
        """Its log."""
        return SqliteLog(self.directory / "log")


def operations(count: int) -> Iterator[NewEntry]:
    """So many operations of 200 principals over a year, on one to four of 20,000 customers each."""
    dice = random.Random(13)
    # As in an instance: one document, asked with the same roles, uses the same.
    shapes = [(f"{n:064x}", _uses(dice)) for n in range(300)]
    now = int(time.time() * 1000)
    for number in range(count):
        principal = f"agent-{dice.randrange(200)}"
        shape, uses = dice.choice(shapes)
        payload = OperationAudited(
            principal,
            ("support_agent",),
            "service",
            policy_version="v" * 64,
            operation_kind="query",
            operation_name="Customer",
            operation_hash=shape,
            uses=uses,
            subjects=tuple(f"{dice.randrange(20_000):032x}" for _ in range(dice.randint(1, 4))),
            at=now - 365 * _DAY_MS * (count - number) // count,
            outcome="answered",
        )
        yield _entry(payload)


def _uses(dice: random.Random) -> tuple[CoordinateUse, ...]:
    chosen = dice.sample(_COORDINATES, dice.randint(2, 8))
    return tuple(
        CoordinateUse(one, "select", dice.choice(["allow", "mask:partial"]), "agent-read", "name")
        for one in chosen
    )


def _entry(given: OperationAudited) -> NewEntry:
    stamp = _clock.next()
    return NewEntry(
        topic=AUDIT,
        key=given.principal,
        id=f"{AUDIT}:{stamp}",
        type="c360.operation.audited.v1",
        source="c360/gateway",
        subject=given.principal,
        time=stamp_ms(stamp),
        stamp=stamp,
        data=encode(given),
    )


def batches(count: int) -> Iterator[Sequence[Entry]]:
    """The operations in batches, as a log of three partitions gives them back."""
    ends, found = dict.fromkeys(range(PARTITIONS), 0), operations(count)
    while batch := list(itertools.islice(found, BATCH)):
        yield [_placed(one, ends) for one in batch]


def _placed(one: NewEntry, ends: dict[int, int]) -> Entry:
    part = partition_of(one.key, PARTITIONS)
    ends[part] += 1
    return entry_at(one, Partition(AUDIT, part), ends[part] - 1)


async def filled(directory: Path, count: int) -> tuple[World, float]:
    """A world of so many operations, and the seconds of processor that keeping them took."""
    world = World(directory, count)
    log, store = world.open_log(), world.open_store()
    await store.claimed(Origin((await log.identity()).origin.log))
    handler, taken, waiting = AuditHandler(), 0.0, list[Entry]()
    for batch in batches(count):
        waiting += batch
        if len(waiting) >= _APPENDED:
            await log.append([to_append_again(one) for one in waiting])
            waiting.clear()
        began = time.process_time()
        async with store.unit() as unit:
            await handler.handle(unit, batch)
            after = {Partition(AUDIT, one.partition): one.offset + 1 for one in batch}
            await unit.advance({}, after)
        taken += time.process_time() - began
    await log.append([to_append_again(one) for one in waiting])
    await store.close()
    await log.close()
    return world, taken
