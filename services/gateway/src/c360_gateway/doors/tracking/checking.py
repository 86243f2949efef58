"""What every call has to have, before it is asked what it means."""

from __future__ import annotations

from typing import cast

import orjson

from c360_gateway.collect.fields import FIELD_MISSING, FIELD_TOO_LONG, FIELD_TYPE
from c360_gateway.collect.items import RawItem, Refusal
from c360_gateway.doors.tracking.bodies import MOST_ITEM_BYTES

CALLS = ("identify", "track", "page", "screen", "group", "alias")
_LONGEST_MESSAGE_ID = 100
_OBJECTS = ("context", "traits", "properties", "integrations")
NEEDED = {"track": ("event",), "group": ("groupId",), "alias": ("previousId",)}
"""What a call has to have beside an id."""


def problem_of(call: RawItem) -> Refusal | None:
    """Why a call cannot be taken at all; None if it can."""
    type_ = call.get("type")
    if type_ not in CALLS:
        return Refusal(FIELD_TYPE, "type", f"type is one of {', '.join(CALLS)}")
    for field in _OBJECTS:
        if call.get(field) is not None and not isinstance(call[field], dict):
            return Refusal(FIELD_TYPE, field, f"{field} is an object")
    return _unnamed(call) or _missing(call, NEEDED.get(cast("str", type_), ()))


def too_large(call: object) -> Refusal | None:
    """Why one call of a large batch cannot be taken."""
    if len(orjson.dumps(call)) <= MOST_ITEM_BYTES:
        return None
    return Refusal("ITEM_TOO_LARGE", "", f"a call has at most {MOST_ITEM_BYTES} bytes")


def id_of(value: object) -> str:
    """An id as text; empty where there is none, as for null and for what is no id."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _unnamed(call: RawItem) -> Refusal | None:
    message_id = call.get("messageId")
    if message_id is not None and not isinstance(message_id, str):
        return Refusal(FIELD_TYPE, "messageId", "messageId is a text")
    if message_id and len(message_id) > _LONGEST_MESSAGE_ID:
        message = f"messageId has more than {_LONGEST_MESSAGE_ID} characters"
        return Refusal(FIELD_TOO_LONG, "messageId", message)
    if id_of(call.get("userId")):
        return None
    if call.get("type") == "alias":
        return Refusal(FIELD_MISSING, "userId", "userId is missing")
    if id_of(call.get("anonymousId")):
        return None
    return Refusal(FIELD_MISSING, "userId", "neither userId nor anonymousId is given")


def _missing(call: RawItem, needed: tuple[str, ...]) -> Refusal | None:
    for field in needed:
        if not id_of(call.get(field)):
            return Refusal(FIELD_MISSING, field, f"{field} is missing")
    return None
