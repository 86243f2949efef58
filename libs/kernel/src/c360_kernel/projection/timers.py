"""Waking a handler for what is due, and taking ticks.

The present is kept with the position of the tick that said it. What is due is woken in units of
their own after that, so that a kill in between loses nothing: it is still due.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from c360_kernel.codec import encode
from c360_kernel.errors import C360Error, Conflict, Transient, Unusable
from c360_kernel.log.entry import Entry, NewEntry, spans_of
from c360_kernel.log.ticks import present
from c360_kernel.log.topics import DEAD_LETTERS, TICKS
from c360_kernel.messages.ticks import Ticked
from c360_kernel.metrics import SCHEDULED_WOKEN
from c360_kernel.payload import EntryDeadLettered
from c360_kernel.projection.clock import Clock
from c360_kernel.projection.schedule import Scheduled, TimedHandler, TimedStore, TimedUnit
from c360_kernel.stamp import stamp_at

logger = logging.getLogger(__name__)


class NoTimers:
    """Of a projection that waits for nothing."""

    async def untimed(self, unit: Any, entries: Sequence[Entry]) -> Sequence[Entry]:  # noqa: ANN401
        """All of them: none says the time."""
        return entries

    async def wake(self) -> None:
        """Nothing is ever due."""

    async def tick(self, idle_s: float) -> float:
        """There is nothing to be woken for."""
        return idle_s

    async def close(self) -> None:
        """Nothing was opened."""


class Timers(NoTimers):
    """Of a projection whose handler schedules. `batch` is how many items are woken together."""

    def __init__(
        self,
        group: str,
        store: TimedStore[Any],
        handler: TimedHandler[Any],
        clock: Clock,
        batch: int,
    ) -> None:
        self._group = group
        self._store = store
        self._handler = handler
        self._clock = clock
        self._batch = batch

    async def untimed(self, unit: TimedUnit, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Take the ticks among entries; the others are left for the handler."""
        if not any(partition.topic == TICKS for partition in spans_of(entries)):
            return entries
        await unit.tick(present([entry for entry in entries if entry.topic == TICKS]))
        return [entry for entry in entries if entry.topic != TICKS]

    async def wake(self) -> None:
        """Wake the handler for all that is due, also what that makes due."""
        while await self._wake_some(self._batch):
            pass

    async def tick(self, idle_s: float) -> float:
        """Append a tick if one is due; return for how long at most nothing is, up to `idle_s`."""
        return await self._clock.tick(idle_s)

    async def close(self) -> None:
        """Let another clock tick."""
        await self._clock.close()

    async def _wake_some(self, limit: int) -> int:
        try:
            async with self._store.unit() as unit:
                due = await unit.take_due(limit)
                if due:
                    await self._handler.wake(unit, due)
        except (Transient, Conflict, Unusable):
            raise
        except Exception as error:
            code = error.code if isinstance(error, C360Error) else "HANDLER_FAILED"
            logger.warning("%s cannot be woken: %s", self._group, code)
            # One by one, so that what cannot be taken is put aside alone.
            return await (self._wake_some(1) if limit > 1 else self._put_aside(code))
        SCHEDULED_WOKEN.add(self._group, amount=len(due))
        return len(due)

    async def _put_aside(self, code: str) -> int:
        async with self._store.unit() as unit:
            due = await unit.take_due(1)
            for one in due:
                unit.emit(_letter(one, self._group, code))
        return len(due)


def _letter(item: Scheduled, group: str, code: str) -> NewEntry:
    """The dead letter of an item that no handler of `group` can be woken for."""
    name = f"{item.due}:{item.key}"
    payload = EntryDeadLettered(group, TICKS, 0, 0, name, code, item.due, encode(Ticked(item.due)))
    return NewEntry(
        topic=DEAD_LETTERS,
        key=item.key,
        id=f"{DEAD_LETTERS}:{group}:{TICKS}:{name}",
        type="c360.entry.dead-lettered.v1",
        source=f"c360/{group}",
        subject=item.key,
        time=item.due,
        stamp=stamp_at(item.due),
        data=encode(payload),
    )
