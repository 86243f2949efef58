"""The EventLog port: append, consume by group, and ask how far everybody is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from c360_kernel.log.entry import Entry, NewEntry, Partition, Position, Positions
from c360_kernel.log.holding import Holding
from c360_kernel.log.identity import LogIdentity

StartAt = Callable[[], Awaitable[Positions]]
"""Asks the projection where to read on; called whenever partitions are taken over."""


class Consumer(Protocol):
    """One member of a consumer group, reading its partitions in order, at least once."""

    async def poll(self, limit: int, timeout_s: float) -> Sequence[Entry]:
        """At most `limit` next entries, in offset order per partition; empty after the time-out.

        Of large ones fewer: about `c360_kernel.log.size.POLL_BYTES` at a time.
        """
        ...

    async def rewind(self) -> None:
        """Ask again where to read on: what was polled last was not handled."""
        ...

    async def commit(self, positions: Positions) -> None:
        """Tell the group's progress: everything before these offsets is handled and relayed."""
        ...

    async def close(self) -> None:
        """Give the partitions back."""
        ...


class Lease(Protocol):
    """A claim that one holder at a time has."""

    async def held(self) -> bool:
        """Whether we hold it now, taking it if it is free."""
        ...

    async def close(self) -> None:
        """Give it up."""
        ...


class ConsumerGroups(Protocol):
    """Who reads a log, in which group, and how far."""

    @property
    def takeover_s(self) -> float:
        """The longest that a group takes to deal its partitions to a sole member."""
        ...

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        """A new member of a group; each partition is read by one member at a time."""
        ...

    async def committed(self, group: str) -> Mapping[Partition, int]:
        """What a group has told by `Consumer.commit`."""
        ...

    def lease(self, name: str) -> Lease:
        """A claim of this name; it passes on when its holder closes it or dies."""
        ...


class EventLog(ConsumerGroups, Protocol):
    """An append-only log of topics with a fixed number of partitions each."""

    async def identity(self) -> LogIdentity:
        """Which log this is and whose, made known to the log itself at its first time.

        Raises `SettingsError`: LOG_FOREIGN for a log of another instance or parts of it that were
        made anew, LOG_TRUNCATED for one whose beginning is gone.
        """
        ...

    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        """Append all or nothing, durable on return, in the given order.

        Raises `Transient` when the log cannot take entries now (code LOG_UNAVAILABLE,
        or LOG_FULL when its disk is full), and `Invalid` (ENTRY_TOO_LARGE) before anything
        is written when one of them is larger than `c360_kernel.log.size` allows.
        """
        ...

    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        """At most `limit` entries of a partition from an offset on."""
        ...

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """The offset after the last entry of every partition of these topics."""
        ...

    async def holding(self, partition: Partition, offset: int) -> Holding | None:
        """What a partition holds from an offset on, of all that it may; None where nothing goes.

        More than it may hold has the first of it forgotten.
        """
        ...

    async def changed(self, timeout_s: float) -> None:
        """Return once something may have been appended or committed, or after the time-out."""
        ...

    async def close(self) -> None:
        """Release files and sockets."""
        ...
