"""The stamps of entries that a store was fed: by them it knows its log again.

One for each partition is enough. It is written along with something else and may be late: it says
something of the log whatever the position is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from c360_kernel.log.entry import Entry, Partition, Position, Positions
from c360_kernel.log.topics import FOR_EVER, HANDLED

_KNOWN_AGAIN = {*FOR_EVER, *HANDLED}


class LatestEntries:
    """The last entries that were begun, for stores that write a stamp where they move on."""

    def __init__(self) -> None:
        self._last: dict[Partition, Entry] = {}

    def begin(self, entries: Iterable[Entry]) -> None:
        """These are handled next."""
        self._last |= _last_of(entries)

    def before(self, after: Positions) -> Mapping[Partition, str]:
        """What to keep of partitions that are handled up to there, as text."""
        held = ((partition, self._last.get(partition)) for partition in after)
        return {
            partition: _text(entry)
            for partition, entry in held
            if entry is not None and entry.offset < after[partition]
        }


def witnesses(entries: Iterable[Entry]) -> Mapping[Partition, str]:
    """What to keep of entries, as text; of topics from which none goes before it is handled."""
    return {partition: _text(entry) for partition, entry in _last_of(entries).items()}


def witness(partition: Partition, text: str) -> tuple[Position, str]:
    """Where an entry was and its stamp, from what was kept."""
    offset, stamp = text.split(" ")
    return Position(*partition, int(offset)), stamp


def _last_of(entries: Iterable[Entry]) -> dict[Partition, Entry]:
    # Plain tuples: a batch has hundreds of entries, and few partitions.
    last = {(e.topic, e.partition): e for e in entries if e.topic in _KNOWN_AGAIN}
    return {Partition(*place): entry for place, entry in last.items()}


def _text(entry: Entry) -> str:
    return f"{entry.offset} {entry.stamp}"
