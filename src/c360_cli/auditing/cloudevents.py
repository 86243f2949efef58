"""An act as a CloudEvent 1.0 in structured JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from c360_kernel.payload import OperationAudited
from c360_kernel.value_types import format_instant

from c360_cli.auditing.acts import Act

_FIELDS = tuple(one.name for one in fields(OperationAudited) if one.name != "uses")


def cloud_event(act: Act) -> dict[str, Any]:
    """The event. Its data holds all that the entry tells, and where the entry stands."""
    entry = act.entry
    event = {
        "specversion": "1.0",
        "id": entry.id,
        "source": entry.source,
        "type": entry.type,
        "subject": entry.subject or "-",
        "time": format_instant(entry.time),
        "datacontenttype": "application/json",
        "data": _data(act),
    }
    return event | ({"traceparent": entry.traceparent} if entry.traceparent else {})


def _data(act: Act) -> dict[str, Any]:
    values = {_camel(name): getattr(act.operation, name) for name in _FIELDS}
    kept = {name: value for name, value in values.items() if value not in ("", (), {}, 0)}
    uses = [one._asdict() for one in act.operation.uses]
    position = {"partition": act.entry.partition, "offset": act.entry.offset}
    return kept | ({"uses": uses} if uses else {}) | {"position": position}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
