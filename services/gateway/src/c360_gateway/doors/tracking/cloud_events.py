"""CloudEvents 1.0 over HTTP as calls: each event is what somebody did, its `subject` who.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, cast
from urllib.parse import unquote

import orjson
from c360_kernel.errors import Invalid

from c360_gateway.collect.fields import FIELD_MISSING, FIELD_TYPE
from c360_gateway.collect.items import RawItem, Refusal
from c360_gateway.doors.tracking.bodies import unpacked

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
_NEEDED = ("id", "source", "type")
_LONGEST_NAME = 100
_DIGEST_BYTES = 16
Named = Callable[[str], str]
"""The catalog's name of an event for a type."""


class EventCalls(NamedTuple):
    """The calls of a request, and why some of them can be none, by their place."""

    calls: Sequence[object]
    refused: Mapping[int, Refusal]
    is_batch: bool


def calls_in(headers: Mapping[bytes, bytes], raw: bytes, named: Named) -> EventCalls:
    """The events of a request: structured, a batch, or one whose attributes are its headers.

    Raises `Invalid` (BODY_INVALID, BODY_TOO_LARGE, FIELD_TYPE) for a body that holds none.
    """
    media = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    is_bare = not raw and media not in (STRUCTURED, BATCHED)
    content = None if is_bare else _json(raw)
    if media == BATCHED:
        if not isinstance(content, list):
            raise Invalid("a batch is a list of events", code=FIELD_TYPE)
        events, is_batch = cast("list[object]", content), True
    else:
        event = content if media == STRUCTURED else _binary(headers, content)
        events, is_batch = [event], False
    refused = {
        place: problem for place, one in enumerate(events) if (problem := _problem(one)) is not None
    }
    calls = [
        one if place in refused else _call(cast("RawItem", one), named)
        for place, one in enumerate(events)
    ]
    return EventCalls(calls, refused, is_batch)


def _json(raw: bytes) -> object:
    try:
        return orjson.loads(unpacked(raw))
    except orjson.JSONDecodeError:
        raise Invalid("the body is no JSON in UTF-8", code="BODY_INVALID") from None


def _binary(headers: Mapping[bytes, bytes], data: object) -> object:
    attributes = {
        name[3:].decode("latin-1"): unquote(value.decode("latin-1"))
        for name, value in headers.items()
        if name.startswith(b"ce-")
    }
    return {**attributes, "data": data}


def _problem(event: object) -> Refusal | None:
    if not isinstance(event, dict):
        return Refusal(FIELD_TYPE, "", "an event is an object")
    said = cast("RawItem", event)
    if said.get("specversion") != "1.0":
        return Refusal(FIELD_TYPE, "specversion", "specversion is 1.0")
    for name in _NEEDED:
        if not isinstance(said.get(name), str) or not said[name]:
            return Refusal(FIELD_MISSING, name, f"{name} is a text that is not empty")
    if not isinstance(_data(said), dict):
        return Refusal(FIELD_TYPE, "data", "data is a JSON object of properties")
    return None


def _data(event: RawItem) -> object:
    packed = event.get("data_base64")
    if packed is None:
        said = event.get("data")
        return {} if said is None else said
    try:
        return orjson.loads(base64.b64decode(str(packed), validate=True))
    except ValueError:
        return None


def _call(event: RawItem, named: Named) -> RawItem:
    return {
        "type": "track",
        "messageId": _message_id(event),
        "userId": event.get("subject"),
        "event": named(cast("str", event["type"])),
        "properties": _data(event),
        "timestamp": event.get("time"),
    }


def _message_id(event: RawItem) -> str:
    """An id is one of its `source` alone."""
    source, id_ = cast("str", event["source"]), cast("str", event["id"])
    name = f"{source} {id_}"
    if " " in source:
        # No URI has one, and where it ends could not be told.
        name = f"{len(source)} {name}"
    elif len(name) <= _LONGEST_NAME:
        return name
    return blake2b(name.encode(errors="replace"), digest_size=_DIGEST_BYTES).hexdigest()
