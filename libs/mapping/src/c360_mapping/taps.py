"""Messages of Singer's taps and of Airbyte's sources: records of several streams, and states.

https://github.com/singer-io/getting-started/blob/master/docs/SPEC.md
https://docs.airbyte.com/understanding-airbyte/airbyte-protocol
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from c360_mapping.messages import CHANGED_AT, DELETED, Message, State, object_at
from c360_mapping.paths import Cells
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow, Row

_MARKS = ("_sdc_deleted_at", "_ab_cdc_deleted_at")
Found = Row | BrokenRow | State


def singer_rows(message: Message) -> Iterable[Found]:
    """The record of a RECORD; a STATE is kept, and SCHEMA and the like are no rows."""
    content = _object(message)
    kind = content.get("type")
    if kind == "RECORD":
        told = {"__extracted_at": content.get("time_extracted")}
        yield _record(message, content.get("stream"), object_at(content, "record"), told)
    elif kind == "STATE":
        yield State(content.get("value"))
    elif isinstance(kind, str):
        yield message.passed()
    else:
        yield message.refused("a message has a type", path="type")


def airbyte_rows(message: Message) -> Iterable[Found]:
    """The data of a RECORD; a STATE is kept, whatever else is said is no row.

    Raises `InputRefused` (SOURCE_FAILED) where the source says that it has failed.
    """
    content = _object(message)
    kind = content.get("type")
    record = object_at(content, "record")
    if kind == "RECORD" and record is not None:
        told = {"__emitted_at": record.get("emitted_at")}
        yield _record(message, record.get("stream"), object_at(record, "data"), told)
    elif kind == "STATE":
        state = object_at(content, "state")
        yield message.passed() if state is None else State(state, _part_of(state))
    elif kind == "TRACE" and (object_at(content, "trace") or {}).get("type") == "ERROR":
        raise InputRefused("the source says that it has failed", code="SOURCE_FAILED")
    elif isinstance(kind, str) and kind != "RECORD":
        yield message.passed()
    else:
        yield message.refused("a message has a type, and a RECORD a record", path="type")


def _part_of(state: Mapping[str, object]) -> str:
    """A source of several streams tells of each by itself; older ones tell of all at once."""
    descriptor = object_at(object_at(state, "stream"), "stream_descriptor") or {}
    return (
        json.dumps([descriptor.get("namespace"), descriptor["name"]])
        if "name" in descriptor
        else ""
    )


def _object(message: Message) -> Mapping[str, object]:
    # What is no object is refused as a message without a type.
    return message.content if isinstance(message.content, dict) else {}


def _record(
    message: Message, stream: object, cells: Cells | None, told: Mapping[str, object]
) -> Row | BrokenRow:
    if message.stream and stream != message.stream:
        return message.passed()
    if cells is None:
        return message.refused("a RECORD has a record, which is an object", path="record")
    deleted = next((cells[name] for name in _MARKS if cells.get(name) is not None), None)
    more = {**told, CHANGED_AT: _ms(deleted)}
    beside = {name: value for name, value in more.items() if value is not None}
    return message.row({**cells, **beside, "__stream": stream, DELETED: deleted is not None})


def _ms(moment: object) -> int | None:
    try:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else None
    except ValueError:
        return None
    if found is None:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
