"""Representations of entities, each sent once however many objects stand for it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import orjson

from c360_federation.plan.model import EntityCall, Input, InputFragment, Inputs
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject


class _Missing(Exception):
    """An input was never delivered: its entity cannot be asked for."""


@dataclass(slots=True)
class Batch:
    """The representations of one call, and for each the objects that wait for it."""

    representations: list[JsonObject]
    holders: list[list[JsonObject]]

    def first_holder(self, position: str | int) -> JsonObject | None:
        """The first object that waits for the entity at a position of the answer."""
        if isinstance(position, int) and 0 <= position < len(self.holders):
            return self.holders[position][0]
        return None


def batch_of(call: EntityCall, objects: list[JsonObject]) -> Batch:
    """Build and de-duplicate the representations of the objects at a call's path."""
    batch = Batch([], [])
    index: dict[bytes, int] = {}
    for one in objects:
        made = _representation(call, one)
        if made is None:
            continue
        digest = _digest(made) if len(objects) > 1 else b""
        position = index.get(digest)
        if position is None:
            index[digest] = len(batch.holders)
            batch.representations.append(made)
            batch.holders.append([one])
        else:
            batch.holders[position].append(one)
    return batch


def _digest(made: JsonObject) -> bytes:
    try:
        return orjson.dumps(made)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(made).encode()


def _representation(call: EntityCall, one: JsonObject) -> JsonObject | None:
    typename = call.static_typename or one.get(TYPENAME)
    if typename is None:
        return None
    made: JsonObject = {TYPENAME: typename}
    try:
        _fill(made, call.inputs, one)
    except _Missing:
        return None
    return made


def _fill(made: JsonObject, inputs: Inputs, source: JsonObject) -> None:
    for one in inputs:
        if isinstance(one, InputFragment):
            if source.get(TYPENAME) is None or source[TYPENAME] in one.types:
                _fill(made, one.children, source)
        elif one.name == TYPENAME:
            if source.get(TYPENAME) is not None:
                made[TYPENAME] = source[TYPENAME]
        elif one.key not in source:
            raise _Missing
        else:
            made[one.name] = _value(one, source[one.key])


def _value(one: Input, value: Json) -> Json:
    if not one.children or value is None:
        return value
    if isinstance(value, list):
        return [_value(one, inner) for inner in value]
    if not isinstance(value, dict):
        raise _Missing
    made: JsonObject = {}
    _fill(made, one.children, value)
    return made
