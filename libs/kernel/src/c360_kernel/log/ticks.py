"""Time as entries of the log: a tick says that it is at least so late.

A tick is a watermark. The latest one is the present of whoever reads the log, and nothing depends
on how many came before it, so that the same log gives the same state again.
"""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.log.entry import Entry, NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import TICKS
from c360_kernel.messages.ticks import TICK, Ticked, at_of
from c360_kernel.stamp import stamp_at

_KEY = "clock"
_SOURCE = "c360/clock"


def tick_entry(at: int) -> NewEntry:
    """The tick of a moment, in milliseconds UTC."""
    return NewEntry(
        topic=TICKS,
        key=_KEY,
        id=f"{TICKS}:{at}",
        type="c360.ticked.v1",
        source=_SOURCE,
        subject=_KEY,
        time=at,
        stamp=stamp_at(at),
        data=TICK.encode(Ticked(at)),
    )


def present(ticks: Iterable[Entry]) -> int:
    """The latest moment that these ticks say, 0 for none."""
    return max((at_of(entry.data) for entry in ticks), default=0)


async def last_tick(log: EventLog) -> Entry | None:
    """The last tick of a log."""
    ends = await log.ends([TICKS])
    lasts = [await log.read(place, end - 1, 1) for place, end in ends.items() if end]
    found = [entry for last in lasts for entry in last]
    return max(found, key=lambda entry: present([entry]), default=None)
