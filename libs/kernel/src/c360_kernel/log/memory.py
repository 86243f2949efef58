"""The log as a plain model: the yardstick of the contract suite, and handy in tests."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Mapping, Sequence

from typing_extensions import override

from c360_kernel.log.entry import (
    Entry,
    NewEntry,
    Partition,
    Position,
    Positions,
    entry_at,
    partition_of,
)
from c360_kernel.log.holding import Holding
from c360_kernel.log.identity import LogIdentity, Origin, new_log_id
from c360_kernel.log.port import Consumer, EventLog, Lease, StartAt
from c360_kernel.log.size import POLL_BYTES, refuse_too_large
from c360_kernel.log.topics import TOPICS


class MemoryLog(EventLog):
    """An EventLog in one event loop's memory; nothing survives the process."""

    def __init__(self, partitions: int = 3, instance: str = "") -> None:
        self._origin = Origin(new_log_id(), instance)
        self._stamp = ""
        self._count = partitions
        self._entries: dict[Partition, list[Entry]] = {
            Partition(topic, number): [] for topic in TOPICS for number in range(partitions)
        }
        self._committed: dict[str, dict[Partition, int]] = {}
        self._members: dict[str, MemoryConsumer] = {}
        self._holders: dict[str, MemoryLease] = {}
        self._changes = asyncio.Condition()

    @property
    @override
    def takeover_s(self) -> float:
        return 2.0

    @override
    async def identity(self) -> LogIdentity:
        return LogIdentity(self._origin, self._stamp)

    @override
    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        refuse_too_large(entries)
        self._stamp = max([self._stamp, *(entry.stamp for entry in entries)])
        positions = [self._put(entry) for entry in entries]
        await self._notify()
        return positions

    @override
    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        return MemoryConsumer(self, group, topics, start)

    @override
    def lease(self, name: str) -> Lease:
        return MemoryLease(self._holders, name)

    @override
    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        return self._entries[partition][offset : offset + limit]

    @override
    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        return {p: len(held) for p, held in self._entries.items() if p.topic in topics}

    @override
    async def committed(self, group: str) -> Mapping[Partition, int]:
        return dict(self._committed.get(group, {}))

    @override
    async def holding(self, partition: Partition, offset: int) -> Holding | None:
        return None

    @override
    async def changed(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changes:
                await self._changes.wait()

    @override
    async def close(self) -> None: ...

    def partitions(self, topics: Sequence[str]) -> list[Partition]:
        """Every partition of these topics."""
        return [Partition(t, n) for t, n in itertools.product(topics, range(self._count))]

    def join(self, group: str, member: MemoryConsumer) -> bool:
        """Whether `member` is, or now becomes, the one that reads for its group."""
        return self._members.setdefault(group, member) is member

    def leave(self, group: str, member: MemoryConsumer) -> None:
        """Let another member read for the group."""
        if self._members.get(group) is member:
            del self._members[group]

    async def commit(self, group: str, positions: Positions) -> None:
        """Remember a group's progress."""
        self._committed.setdefault(group, {}).update(positions)
        await self._notify()

    def _put(self, entry: NewEntry) -> Position:
        partition = Partition(entry.topic, partition_of(entry.key, self._count))
        at = len(self._entries[partition])
        self._entries[partition].append(entry_at(entry, partition, at))
        return Position(partition.topic, partition.number, at)

    async def _notify(self) -> None:
        async with self._changes:
            self._changes.notify_all()


class MemoryLease(Lease):
    """A Lease within one event loop."""

    def __init__(self, holders: dict[str, MemoryLease], name: str) -> None:
        self._holders = holders
        self._name = name

    @override
    async def held(self) -> bool:
        return self._holders.setdefault(self._name, self) is self

    @override
    async def close(self) -> None:
        if self._holders.get(self._name) is self:
            del self._holders[self._name]


class MemoryConsumer(Consumer):
    """A member of a group; the first to ask reads, the others stand by."""

    def __init__(self, log: MemoryLog, group: str, topics: Sequence[str], start: StartAt) -> None:
        self._log = log
        self._group = group
        self._partitions = log.partitions(topics)
        self._start = start
        self._next: dict[Partition, int] | None = None

    @override
    async def poll(self, limit: int, timeout_s: float) -> Sequence[Entry]:
        found = await self._fetch(limit)
        if not found:
            await self._log.changed(timeout_s)
            found = await self._fetch(limit)
        return found

    @override
    async def rewind(self) -> None:
        self._next = None

    @override
    async def commit(self, positions: Positions) -> None:
        await self._log.commit(self._group, positions)

    @override
    async def close(self) -> None:
        self._log.leave(self._group, self)

    async def _fetch(self, limit: int) -> list[Entry]:
        if not self._log.join(self._group, self):
            return []
        if self._next is None:
            self._next = dict(await self._start())
        found: list[Entry] = []
        size = 0
        for partition in self._partitions:
            at = self._next.get(partition, 0)
            for entry in await self._log.read(partition, at, limit - len(found)):
                if size > POLL_BYTES:
                    break
                self._next[partition] = entry.offset + 1
                found.append(entry)
                size += len(entry.data)
        return found
