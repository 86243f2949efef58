"""Rows as what they stand for, and what a statement is asked for as one parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import orjson
from c360_kernel.codec import decode, encode
from c360_kernel.log.topics import ACCOUNTS, LINKS
from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import from_rows

from c360_account.domain.counting import AccountName, CountedEvent
from c360_account.domain.model import AccountRecord, HeldLink, P, Said
from c360_account.store.values import read_values, values_text

AMONG = "(SELECT value ->> 0, value ->> 1 FROM json_each(?))"
"""Pairs, such as keys of records, as `among` gives them."""
RECORD = (
    "r.source, r.key, r.age, r.stamp, r.content, r.data, s.source, s.key, r.version, r.comes_to"
)
"""The columns that `read_record` takes, of a record and the seed of its account."""
FROM_RECORD = "FROM record r LEFT JOIN record s ON s.id=r.account"


def among(wanted: Iterable[object]) -> str:
    """One parameter for any number of things (of named tuples, too): statements stay prepared."""
    return orjson.dumps(list(wanted), default=tuple).decode()


def pairs(wanted: Iterable[Sequence[str]]) -> str:
    """The same of pairs of texts."""
    return among([list(one) for one in wanted])


@from_rows
def read_record(row: Sequence[Any]) -> AccountRecord:
    """A record from the columns `RECORD`."""
    source, key, age, stamp, content, data, seed_source, seed_key, *told = row
    seed = None if seed_source is None else RecordKey(seed_source, seed_key)
    payload = cast("AccountUpserted", decode(ACCOUNTS, data))
    held = Said(payload.own, payload.revision, stamp, content, payload)
    version, comes_to = told
    return AccountRecord(RecordKey(source, key), age, held, seed, version, read_values(comes_to))


@from_rows
def read_link(row: Sequence[Any]) -> HeldLink:
    """A link from (stamp, data)."""
    stamp, data = row
    return HeldLink(stamp, cast("AccountLinked", decode(LINKS, data)))


@from_rows
def read_said(topic: str, row: Sequence[Any]) -> Said[Any]:
    """What was said from (own, number, stamp, content, data)."""
    own, number, stamp, content, data = row
    payload: Any = decode(topic, data)
    return Said(bool(own), number, stamp, content, payload)


def said_row(kind: str, key: RecordKey, one: Said[P]) -> tuple[object, ...]:
    """The row of what was said of a record or link."""
    place = one.own, one.number, one.content, one.stamp
    return (kind, *key, *place, encode(one.payload))


EVENT = (
    "source, message_id, key, name, occurred_at, stamp, properties, account_type,"
    " account_source, account"
)
"""The columns that `read_event` takes."""


@from_rows
def read_event(row: Sequence[Any]) -> CountedEvent:
    """An event from the columns `EVENT`."""
    source, message_id, key, name, occurred_at, stamp, properties, *named = row
    account = None if named[2] is None else AccountName(*named)
    said = message_id, name, occurred_at, stamp, read_values(properties)
    return CountedEvent(RecordKey(source, key), *said, account)


def event_row(one: CountedEvent) -> tuple[object, ...]:
    """The row of an event."""
    said = one.name, one.occurred_at, one.stamp, values_text(one.properties)
    named = one.account or (None, None, None)
    return (one.record.source, one.message_id, one.record.key, *said, *named)
