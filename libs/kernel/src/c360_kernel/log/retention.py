"""What does not stay in the log for ever: refused items, old looks, and ticks that are replaced."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from c360_kernel.log.holding import ENTRY_BYTES, Holding
from c360_kernel.log.topics import HANDLED, LATEST, LIMITED
from c360_kernel.sqlite import writing
from c360_kernel.stamp import wall_clock_ms

_Place = tuple[str, int]
_DAY_MS = 86_400_000
_PAUSE_S = 60.0
# So many at a time, because appends wait meanwhile.
_MOST_ROWS = 2_000
_END = "SELECT max(off) + 1 FROM entry WHERE topic=? AND part=?"
_FIRST = "SELECT min(off) FROM entry WHERE topic=? AND part=?"
_TOO_OLD = "SELECT max(off) FROM entry WHERE topic=? AND part=? AND time<?"
_REPLACED = """
SELECT max(off) FROM entry WHERE topic=? AND part=? AND time<?
AND off<(SELECT max(off) FROM entry WHERE topic=? AND part=?)
"""
_TOO_MUCH = f"""
SELECT max(off) FROM (
  SELECT off, sum(length(data) + {ENTRY_BYTES}) OVER (ORDER BY off DESC) AS held
  FROM entry WHERE topic=? AND part=?) WHERE held>?
"""
_HELD = f"""
SELECT coalesce(sum(length(data) + {ENTRY_BYTES}), 0) FROM entry
WHERE topic=? AND part=? AND off>=?
"""
_FIRST_YOUNG = f"""
SELECT min(off) FROM (
  SELECT off, time FROM entry WHERE topic=? AND part=? ORDER BY off LIMIT {_MOST_ROWS})
WHERE time>=?
"""
_LAST_LOOKED_AT = f"""
SELECT max(off) + 1 FROM (
  SELECT off FROM entry WHERE topic=? AND part=? ORDER BY off LIMIT {_MOST_ROWS})
"""
_HANDLED_UPTO = "SELECT min(off) FROM committed WHERE topic=? AND part=?"
_REMEMBER = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"
_REMOVE = "DELETE FROM entry WHERE topic=? AND part=? AND off<=?"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long refused items stay, and how many bytes of them in all; how long handled looks do."""

    days: float = 30.0
    max_bytes: int = 256_000_000
    audit_days: float = 1_096.0

    @property
    def milliseconds(self) -> int:
        """The same as `days`."""
        return int(self.days * _DAY_MS)

    def share(self, partitions: int) -> int:
        """How many of the bytes are those of one of so many partitions."""
        return self.max_bytes // partitions

    @property
    def audit_milliseconds(self) -> int:
        """The same as `audit_days`."""
        return int(self.audit_days * _DAY_MS)


class Trimmer:
    """Removes the oldest refused items, looks and ticks of an embedded log, now and then.

    Offsets go on growing: where a partition ended is remembered before its last entry goes.
    It is time to look again at `next_at`, on the monotonic clock.
    """

    def __init__(
        self,
        retention: Retention,
        partitions: int,
        now_ms: Callable[[], int] = wall_clock_ms,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._retention = retention
        self._partitions = partitions
        self._now_ms = now_ms
        self._pause_s = pause_s
        self.next_at = time.monotonic() + pause_s

    def trim(self, connection: sqlite3.Connection) -> None:
        """Remove some of what is too old or too much, if it is time to look again."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + self._pause_s
        for place in itertools.product((*LIMITED, *LATEST, *HANDLED), range(self._partitions)):
            if self._trim(connection, place):
                # There is more to remove.
                self.next_at = 0.0

    def _trim(self, connection: sqlite3.Connection, place: _Place) -> bool:
        first, last = _one(connection, _FIRST, place), self._last_to_go(connection, place)
        if first is None or last is None:
            return False
        upto = min(last, first + _MOST_ROWS)
        with writing(connection):
            connection.execute(_REMEMBER, (_name(*place), str(_one(connection, _END, place))))
            connection.execute(_REMOVE, (*place, upto))
        return upto < last

    def _last_to_go(self, connection: sqlite3.Connection, place: _Place) -> int | None:
        if place[0] in LATEST:
            old = self._now_ms() - _DAY_MS
            return _one(connection, _REPLACED, (*place, old, *place))
        if place[0] in HANDLED:
            return self._last_handled(connection, place)
        share = self._retention.share(self._partitions)
        oldest = self._now_ms() - self._retention.milliseconds
        found = (
            _one(connection, _TOO_OLD, (*place, oldest)),
            _one(connection, _TOO_MUCH, (*place, share)),
        )
        return max((one for one in found if one is not None), default=None)

    def _last_handled(self, connection: sqlite3.Connection, place: _Place) -> int | None:
        """The last of the first ones that are all old and handled; the young end the search."""
        oldest = self._now_ms() - self._retention.audit_milliseconds
        handled = _one(connection, _HANDLED_UPTO, place)
        looked_at = _one(connection, _LAST_LOOKED_AT, place)
        if handled is None or looked_at is None:
            return None
        young = _one(connection, _FIRST_YOUNG, (*place, oldest))
        end = min(handled, looked_at if young is None else young)
        return end - 1


def trimmed_end(connection: sqlite3.Connection, topic: str, part: int) -> int:
    """Where a partition ended when its last entry was removed; 0 if it never had any."""
    sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE name=?"
    return _one(connection, sql, (_name(topic, part),)) or 0


def holding_of(
    connection: sqlite3.Connection, place: _Place, offset: int, share: int
) -> Holding | None:
    """What a partition holds from an offset on, where it may hold no more than its share."""
    if place[0] not in LIMITED:
        return None
    return Holding(_one(connection, _HELD, (*place, offset)) or 0, share)


def _name(topic: str, part: int) -> str:
    return f"end of {topic}/{part}"


def _one(connection: sqlite3.Connection, sql: str, given: tuple[object, ...]) -> int | None:
    found = connection.execute(sql, given).fetchone()
    return None if found is None else found[0]
