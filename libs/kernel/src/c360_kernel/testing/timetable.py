"""What is scheduled, as a plain model: for stores in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from c360_kernel.projection.schedule import Scheduled, Waiting


@dataclass(frozen=True, slots=True)
class Timetable:
    """Never changed in place, so that a copy of a state may share it."""

    present: int = 0
    items: frozenset[Scheduled] = frozenset()

    @property
    def waiting(self) -> Waiting:
        """The present, and when the next item is due."""
        return Waiting(self.present, min((one.due for one in self.items), default=None))

    def due(self, limit: int) -> list[Scheduled]:
        """The earliest items that are due."""
        return sorted(one for one in self.items if one.due <= self.present)[:limit]


NOTHING_SCHEDULED = Timetable()


class HasTimetable(Protocol):
    """A state in memory."""

    timetable: Timetable


class MemoryTimedUnit:
    """The part of a unit in memory that schedules."""

    @property
    def _timed(self) -> HasTimetable:
        """The state that the unit works on."""
        raise NotImplementedError

    def schedule(self, due: int, key: str) -> None:
        """Wake the handler for `key` once `due` is the present."""
        held = self._timed.timetable
        self._timed.timetable = replace(held, items=held.items | {Scheduled(due, key)})

    async def tick(self, at: int) -> None:
        """It is so late now; it never gets earlier."""
        held = self._timed.timetable
        self._timed.timetable = replace(held, present=max(held.present, at))

    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        """Take the items out that are due, the earliest first."""
        held = self._timed.timetable
        due = held.due(limit)
        self._timed.timetable = replace(held, items=held.items - set(due))
        return due
