"""Writes of a batch, each kind in few steps."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from c360_kernel.record import RecordKey
from c360_kernel.sqlite_rows import insert_rows

from c360_segment.domain.state import (
    EventName,
    Looked,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.store.event_columns import EventColumns
from c360_segment.store.sqlite.bitmaps import Chunks
from c360_segment.store.sqlite.keeping import forget_columns, keep_columns, top_of
from c360_segment.store.sqlite.numbers import Numbers
from c360_segment.store.sqlite.owners import keep_owners
from c360_segment.store.sqlite.values import among, write_counts, write_values

_NOBODY = 0
_IN_ITS_PLACE = (
    "ON CONFLICT DO UPDATE SET customer=excluded.customer, epoch=excluded.epoch,"
    " counter=excluded.counter"
)
_FORGET_COUNTS = "DELETE FROM tally WHERE record IN (SELECT value FROM json_each(?))"
_REPLACED = (
    "ON CONFLICT DO UPDATE SET stamp=excluded.stamp, record=excluded.record,"
    " name=excluded.name, at=excluded.at, properties=excluded.properties"
)
_IF_NEWER = (
    "ON CONFLICT DO UPDATE SET epoch=excluded.epoch, counter=excluded.counter,"
    " live=excluded.live, traits=excluded.traits WHERE epoch IS NULL"
    " OR (epoch, counter) < (excluded.epoch, excluded.counter)"
)
_COUNTED = "ON CONFLICT DO UPDATE SET counts=excluded.counts"
_LOOKED = "ON CONFLICT DO UPDATE SET newest=excluded.newest, due=excluded.due"
_TOLD = "ON CONFLICT DO UPDATE SET epoch=excluded.epoch, counter=excluded.counter"


def save_records(
    connection: sqlite3.Connection, numbers: Numbers, records: Mapping[RecordKey, RecordState]
) -> None:
    """Put records, with their counts, in the place of what is there of them."""
    owners = numbers.of_customers([s.customer for s in records.values() if s.customer])
    rows = [(*key, owners.get(s.customer), *s.version) for key, s in records.items()]
    into = "INSERT INTO record(source, key, customer, epoch, counter)"
    insert_rows(connection, into, rows, _IN_ITS_PLACE)
    known = numbers.of_records(records.keys())
    keep_owners(
        connection,
        {known[k]: owners[s.customer] if s.customer else _NOBODY for k, s in records.items()},
    )
    counted = {known[key]: state.counts for key, state in records.items()}
    without = [number for number, counts in counted.items() if not counts]
    connection.execute(_FORGET_COUNTS, (among(without),))
    tallies = [(number, write_counts(counts)) for number, counts in counted.items() if counts]
    insert_rows(connection, "INSERT INTO tally", tallies, _COUNTED)


def save_events(
    connection: sqlite3.Connection,
    numbers: Numbers,
    columns: EventColumns,
    events: Mapping[EventName, SeenEvent],
) -> None:
    """Put events in the place of those of their names."""
    known = numbers.of_records([event.record for event in events.values()])
    rows = [
        (*name, e.stamp, known[e.record], e.name, e.at, write_values(e.properties))
        for name, e in events.items()
    ]
    if not rows:
        return
    before = top_of(connection)
    forget_columns(connection, columns, events.keys())
    into = "INSERT INTO event(source, message_id, stamp, record, name, at, properties)"
    insert_rows(connection, into, rows, _REPLACED)
    keep_columns(connection, columns, before)


def save_profiles(connection: sqlite3.Connection, profiles: Mapping[str, ProfileState]) -> None:
    """Keep each profile unless a newer one is kept."""
    rows = [(id_, *p.version, int(p.live), write_values(p.traits)) for id_, p in profiles.items()]
    into = "INSERT INTO customer(id, epoch, counter, live, traits)"
    insert_rows(connection, into, rows, _IF_NEWER)


def save_looks(connection: sqlite3.Connection, looks: Mapping[str, Looked | None]) -> None:
    """Keep how customers were looked at."""
    rows = [(id_, *(looked or (None, None))) for id_, looked in looks.items()]
    insert_rows(connection, "INSERT INTO customer(id, newest, due)", rows, _LOOKED)


def save_memberships(
    connection: sqlite3.Connection,
    numbers: Numbers,
    chunks: Chunks,
    memberships: Mapping[tuple[str, str], Membership],
) -> None:
    """Keep who is in what, and under which version it was told."""
    known = numbers.of_customers([customer for customer, _ in memberships])
    rows = [(known[c], segment, *m.version) for (c, segment), m in memberships.items()]
    insert_rows(connection, "INSERT INTO standing", rows, _TOLD)
    chunks.load(number for number, *_ in rows)
    for (customer, segment), membership in memberships.items():
        change = chunks.put if membership.member else chunks.drop
        change(segment, known[customer])
    chunks.write()
