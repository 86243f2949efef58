"""Where events are kept once more in columns, some thousands at a time: for asking everybody."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_segment.domain.performed import Performed


class EventRow(NamedTuple):
    """An event as a store numbers it: its name, the number of its record, when it happened (ms
    UTC), and its properties as JSON."""

    name: str
    record: int
    at: int
    properties: str


class EventColumns(Protocol):
    """Chunks of events. Each is put under a mark, which says where, and which time it is there.

    The connection is that of the store whose events these are, in the transaction that is open.
    """

    def claim(self, log: str) -> None:
        """Refuse a place that is not that of the store that this log feeds.

        Raises `SettingsError` (STORE_FOREIGN), `Misaddressed`.
        """
        ...

    def is_there(self, mark: int) -> bool:
        """Whether what was put under a mark can be read here."""
        ...

    def put(
        self, connection: sqlite3.Connection, chunk: int, rows: Sequence[EventRow]
    ) -> int | None:
        """Put all events of a chunk, by name and time, and answer the mark; None: not now."""
        ...

    def forget(self, connection: sqlite3.Connection, chunks: Collection[int]) -> None:
        """Drop these chunks, as far as they are in the store itself."""
        ...

    def records(
        self,
        connection: sqlite3.Connection,
        asked: Performed,
        marks: Mapping[int, int],
        enough: int,
    ) -> Iterator[array[int]]:
        """The record of each of these events in chunks, some at a time; `marks` by chunk.

        One that came `enough` times may be left out afterwards. Raises `Transient`.
        """
        ...
