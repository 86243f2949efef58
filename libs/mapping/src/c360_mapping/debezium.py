"""Debezium's change events: the row as it is after a change, or was before its deletion.

https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from c360_mapping import json_numbers
from c360_mapping.messages import CHANGED_AT, DELETED, Message, object_at
from c360_mapping.paths import Cells
from c360_mapping.row import BrokenRow, Row

_AFTER = frozenset("cur")
_UNAVAILABLE = "__debezium_unavailable_value"
_AS_BYTES = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="
_FILE_NUMBER = re.compile(r"\.(\d+)$", re.ASCII)


def rows_of(message: Message) -> Iterable[Row | BrokenRow]:
    """The row of a change, wrapped in `schema` and `payload`, in a CloudEvent, or in nothing."""
    event = _event(message.content)
    if event is None:
        # A tombstone comes behind each deletion, for Kafka alone.
        yield message.passed()
        return
    if not isinstance(event, dict) or "op" not in event:
        yield message.refused("the message is no change event: it has no 'op'")
        return
    yield _row(message, event)


def _event(content: object) -> object:
    for wrapper, beside in (("data", "specversion"), ("payload", "schema")):
        if isinstance(content, dict) and wrapper in content and beside in content:
            content = content[wrapper]
    return content


def _row(message: Message, event: Cells) -> Row | BrokenRow:
    op = event["op"] if isinstance(event["op"], str) else ""
    if op == "t":
        refusal = "the table was emptied: delete its records by another way if that was meant"
        return message.refused(refusal, "CDC_TRUNCATED")
    if op == "m":
        return message.passed()
    before, after = _state(event, "before"), _state(event, "after")
    cells = after if op in _AFTER else before if op == "d" else None
    if cells is None:
        return message.refused("the event has no row, and so no key")
    return _with_origin(message, event, cells)


def _state(event: Cells, name: str) -> Cells | None:
    """A row before or after a change; of MongoDB it is the text of a document."""
    text = event.get(name)
    if not isinstance(text, str):
        return object_at(event, name)
    try:
        return object_at({name: json_numbers.loads(text)}, name)
    except ValueError:
        return None


def _with_origin(message: Message, event: Cells, cells: Cells) -> Row | BrokenRow:
    known = {name: value for name, value in cells.items() if not _is_unavailable(value)}
    is_deleted = event["op"] == "d"
    unknown = sorted((cells.keys() - known.keys()) & message.columns)
    if unknown and not message.patches and not is_deleted:
        text = "the value did not change, so the event lacks it: say mode: patch, or log it whole"
        return message.refused(text, "CDC_VALUE_UNAVAILABLE", unknown[0])
    source = object_at(event, "source") or {}
    told = {"__op": event["op"], DELETED: is_deleted, "__source": source}
    placed = {
        CHANGED_AT: source.get("ts_ms") or event.get("ts_ms"),
        "__revision": _revision(source),
    }
    there = {name: value for name, value in placed.items() if value is not None}
    return message.row({**known, **told, **there})


def _is_unavailable(value: object) -> bool:
    if isinstance(value, list):
        return value == [_UNAVAILABLE]
    return value in (_UNAVAILABLE, _AS_BYTES)


def _revision(source: Mapping[str, object]) -> int | None:
    """What grows with each change: PostgreSQL's place in the log, or MySQL's file and place."""
    lsn, file, place = source.get("lsn"), source.get("file"), source.get("pos")
    if isinstance(lsn, int):
        return lsn
    found = _FILE_NUMBER.search(file) if isinstance(file, str) else None
    return (int(found[1]) << 32) + place if found and isinstance(place, int) else None
