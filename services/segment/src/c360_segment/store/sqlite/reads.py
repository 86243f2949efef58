"""Reads by key: a statement for all that is asked for, however much it is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.sqlite_rows import read_rows
from c360_kernel.version import Version

from c360_segment.domain.known import Known
from c360_segment.domain.past import Past, past_of
from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Looked,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.domain.timed.happenings import Happened
from c360_segment.store.sqlite.links import acting_for
from c360_segment.store.sqlite.past import read_past
from c360_segment.store.sqlite.values import among, read_counts, read_values

_EVENTS = (
    "SELECT e.source, e.message_id, e.stamp, r.source, r.key, e.name, e.at, e.properties"
    " FROM json_each(?) q CROSS JOIN event e ON e.source=q.value ->> 0"
    " AND e.message_id=q.value ->> 1 CROSS JOIN record r ON r.number=e.record"
)
_RECORDS = (
    "SELECT r.number, r.source, r.key, c.id, r.epoch, r.counter FROM json_each(?) q"
    " CROSS JOIN record r ON r.source=q.value ->> 0 AND r.key=q.value ->> 1"
    " LEFT JOIN customer c ON c.number=r.customer"
)
_COUNTS = "SELECT t.record, t.counts FROM json_each(?) q CROSS JOIN tally t ON t.record=q.value"
_CUSTOMERS = (
    "SELECT c.number, c.id, c.newest, c.due, c.epoch, c.counter, c.live, c.traits"
    " FROM json_each(?) q CROSS JOIN customer c ON c.id=q.value"
)
_SUMS = (
    "SELECT r.customer, t.counts FROM json_each(?) q CROSS JOIN record r"
    " ON r.customer=q.value CROSS JOIN tally t ON t.record=r.number"
)
_STANDING = (
    "WITH q(customer, segment) AS ({}) SELECT s.customer, s.segment, s.epoch, s.counter"
    " FROM q CROSS JOIN standing s ON s.customer=q.customer AND s.segment=q.segment"
)
_HAPPENED = (
    "SELECT c.id, e.at, e.source, e.message_id, e.name, e.stamp, e.properties FROM json_each(?) q"
    " CROSS JOIN customer c ON c.id=q.value ->> 0 CROSS JOIN record r ON r.customer=c.number"
    " CROSS JOIN event e ON e.record=r.number AND e.name=q.value ->> 1"
)

_LIVE = (
    "SELECT c.id, c.traits FROM json_each(?) q CROSS JOIN customer c ON c.id=q.value WHERE c.live"
)
_PRESENT = "SELECT value FROM meta WHERE name='present'"


def events_by_name(
    connection: sqlite3.Connection, names: Collection[EventName]
) -> Mapping[EventName, SeenEvent]:
    """Those of these events that are there."""
    rows = connection.execute(_EVENTS, (among(names),)).fetchall() if names else ()
    return {EventName(row[0], row[1]): read_event(row[2:]) for row in rows}


def records_by_key(
    connection: sqlite3.Connection, keys: Collection[RecordKey]
) -> Mapping[RecordKey, RecordState]:
    """The states of those of these records that are there."""
    if not keys:
        return {}
    rows = connection.execute(_RECORDS, (among(keys),)).fetchall()
    counts = _by_number(connection, _COUNTS, (row[0] for row in rows))
    return {
        RecordKey(source, key): RecordState(
            customer or "", Version(epoch, counter), _summed(counts.get(number, ()))
        )
        for number, source, key, customer, epoch, counter in rows
    }


def customers_by_id(
    connection: sqlite3.Connection, ids: Collection[str]
) -> Mapping[str, CustomerState]:
    """The states of those of these customers that are there."""
    if not ids:
        return {}
    rows = connection.execute(_CUSTOMERS, (among(ids),)).fetchall()
    sums = _by_number(connection, _SUMS, [row[0] for row in rows])
    return {
        id_: CustomerState(
            _profile(*profile),
            _summed(sums.get(number, ())),
            None if newest is None else Looked(newest, due),
        )
        for number, id_, newest, due, *profile in rows
    }


def versions_told(
    connection: sqlite3.Connection, pairs: Sequence[tuple[int, str]]
) -> Mapping[tuple[int, str], Version]:
    """The version of those of these (customer's number, segment) that were told."""
    rows = read_rows(connection, _STANDING, pairs)
    return {(number, segment): Version(*version) for number, segment, *version in rows}


def read_event(row: Sequence[Any]) -> SeenEvent:
    """An event from (stamp, source, key, name, at, properties)."""
    stamp, source, key, name, at, properties = row
    return SeenEvent(stamp, RecordKey(source, key), name, at, read_values(properties))


def happened_to(
    connection: sqlite3.Connection, wanted: Mapping[str, Collection[str]]
) -> Mapping[str, Sequence[Happened]]:
    """Of each of these customers the events of these names on its records."""
    found: dict[str, list[Happened]] = {}
    pairs = [(customer, name) for customer, names in wanted.items() for name in names]
    if pairs:
        rows = connection.execute(_HAPPENED, (among(pairs),))
        for customer, at, source, message_id, name, stamp, properties in rows.fetchall():
            event = Happened(at, source, message_id, name, stamp, read_values(properties))
            found.setdefault(customer, []).append(event)
    return found


def live_traits(
    connection: sqlite3.Connection, customers: Collection[str]
) -> Mapping[str, Mapping[str, TraitValue]]:
    """The golden traits of those of these customers who are live."""
    rows = connection.execute(_LIVE, (among(customers),)).fetchall()
    return {customer: read_values(traits) for customer, traits in rows}


def known_of(
    connection: sqlite3.Connection, customers: Collection[str], names: Collection[str]
) -> Mapping[str, Known]:
    """What conditions look at of those of these customers who are live."""
    live = live_traits(connection, customers)
    happened = happened_to(connection, dict.fromkeys(live, names))
    row = connection.execute(_PRESENT).fetchone()
    tick = 0 if row is None else int(row[0])
    acting, past = acting_for(connection, live.keys()), read_past(connection, live.keys())
    return {
        c: Known(
            traits,
            happened.get(c, ()),
            tick,
            c,
            acting.get(c, ()),
            past=past_of(c, past.get(c, Past())),
        )
        for c, traits in live.items()
    }


def _by_number(
    connection: sqlite3.Connection, sql: str, numbers: Iterable[int]
) -> Mapping[int, Sequence[Any]]:
    """What a statement finds for these numbers, under each."""
    found: dict[int, list[Any]] = {}
    for number, *row in connection.execute(sql, (among(numbers),)).fetchall():
        found.setdefault(number, []).append(row)
    return found


def _profile(epoch: int | None, counter: int, live: int, traits: str) -> ProfileState | None:
    if epoch is None:
        return None
    return ProfileState(Version(epoch, counter), bool(live), read_values(traits))


def _summed(rows: Sequence[Any]) -> Mapping[str, int]:
    """Counters of some records together."""
    if len(rows) == 1:
        return read_counts(rows[0][0])
    total: Counter[str] = Counter()
    for (counts,) in rows:
        total.update(read_counts(counts))
    return total
