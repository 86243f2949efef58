"""Representations of entities, each sent once however many objects stand for it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import orjson

from c360_federation.execute.objects import is_one_of
from c360_federation.holes import ABSENT, Hole, reason
from c360_federation.plan.model import EntityCall, Input, InputFragment, Inputs
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject

_PLAIN = frozenset((str, int, float, bool, type(None)))


class _Missing(Exception):
    """An input was never delivered: its entity cannot be asked for."""

    def __init__(self, hole: Hole) -> None:
        super().__init__()
        self.hole = hole


@dataclass(slots=True)
class Batch:
    """The representations of one call, and for each the objects that wait for it.

    `missing` are the objects that lack an input, each with the hole that it would be in;
    `is_shared` says whether some representation stands for more than one object.
    """

    representations: list[JsonObject]
    holders: list[list[JsonObject]]
    missing: list[tuple[JsonObject, Hole]]
    is_shared: bool = False


def batch_of(call: EntityCall, objects: list[JsonObject]) -> Batch:
    """Build and de-duplicate the representations of the objects at a call's path."""
    batch = Batch([], [], [])
    index: dict[bytes, int] = {}
    for one in objects:
        try:
            made = _representation(call, one)
        except _Missing as missing:
            batch.missing.append((one, missing.hole))
            continue
        digest = _digest(made) if len(objects) > 1 else b""
        position = index.get(digest)
        if position is None:
            index[digest] = len(batch.holders)
            batch.representations.append(made)
            batch.holders.append([one])
        else:
            batch.holders[position].append(one)
            batch.is_shared = True
    return batch


def _digest(made: JsonObject) -> bytes:
    try:
        return orjson.dumps(made)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(made).encode()


def _representation(call: EntityCall, one: JsonObject) -> JsonObject:
    typename = call.static_typename or one.get(TYPENAME)
    if not isinstance(typename, str):
        raise _Missing(reason(one))
    made: JsonObject = {TYPENAME: typename}
    _fill(made, call.inputs, one)
    return made


def _fill(made: JsonObject, inputs: Inputs, source: JsonObject) -> None:
    for one in inputs:
        if type(one) is InputFragment:
            if is_one_of(source, one.types):
                _fill(made, one.children, source)
        elif one.name == TYPENAME:
            if source.get(TYPENAME) is not None:
                made[TYPENAME] = source[TYPENAME]
        elif one.key not in source:
            raise _Missing(reason(source))
        else:
            value = source[one.key]
            is_plain = type(value) in _PLAIN and not one.children
            made[one.name] = value if is_plain else _value(one, value)


def _value(one: Input, value: Json) -> Json:
    if isinstance(value, Hole):
        if not value.is_answered:
            raise _Missing(value)
        return None
    if isinstance(value, list):
        return [_value(one, inner) for inner in value]
    if not one.children or value is None:
        return value
    if not isinstance(value, dict):
        raise _Missing(ABSENT)
    made: JsonObject = {}
    _fill(made, one.children, value)
    return made
