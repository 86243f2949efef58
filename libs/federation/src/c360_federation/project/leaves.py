"""Readers of leaves: result coercion (GraphQL 6.4.3), chosen by type when an operation is compiled.

A subgraph has coerced its values already, so little is left to coerce: a whole number may come
as `1.0`, an ID as a number. What does not fit is an error at its place and no value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from c360_federation.project.problems import Place, Problems
from c360_federation.project.reader import Reader
from c360_federation.values import Json

SMALLEST, LARGEST = -(2**31), 2**31 - 1
"""The range of an Int."""
_UNFIT = object()
_DEEPEST = 128
"""Nesting of one custom scalar: with the way to it, less than what an encoder of JSON writes."""
Exact: TypeAlias = type


class Never:
    """No value has this type: what is read always takes the reader's way."""


def _string(value: Json) -> Json:
    return value if isinstance(value, str) else _UNFIT


def _boolean(value: Json) -> Json:
    return value if isinstance(value, bool) else _UNFIT


def _id(value: Json) -> Json:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _UNFIT


def _int(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and SMALLEST <= value <= LARGEST
    return value if fits else _UNFIT


def _float(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _UNFIT
    try:
        return value if math.isfinite(value) and abs(value) < 2**63 else _finite(float(value))
    except OverflowError:
        return _UNFIT


def _finite(value: float) -> Json:
    return value if math.isfinite(value) else _UNFIT


def json_copy(value: Json, levels: int = _DEEPEST) -> Json:
    """What a custom scalar holds, if it is JSON that can be sent: without what the engine noted."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    if levels == 0:
        return _UNFIT
    if isinstance(value, list):
        made = [json_copy(one, levels - 1) for one in value]
        return _UNFIT if any(one is _UNFIT for one in made) else made
    if not isinstance(value, dict):
        return _UNFIT
    copied = {key: json_copy(one, levels - 1) for key, one in value.items() if isinstance(key, str)}
    return _UNFIT if any(one is _UNFIT for one in copied.values()) else copied


def _number(value: float) -> Json:
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return value
    return _float(value)


_COERCIONS = {
    "String": _string,
    "Boolean": _boolean,
    "ID": _id,
    "Int": _int,
    "Float": _float,
}
_EXACT: Mapping[str, Exact] = {"String": str, "ID": str, "Boolean": bool, "Int": int}
"""The type of a value that needs no reader at all: of an `int`, if it is small enough."""


def exact_type(name: str) -> Exact:
    """The Python type whose values pass as they are, for a scalar."""
    return _EXACT.get(name, Never)


def scalar(name: str) -> Reader:
    """The reader of a scalar; one that is not built in takes any JSON."""
    if name == "Int":
        return _int_reader
    coerce = _COERCIONS.get(name, json_copy)
    message = f'gave a value that does not fit type "{name}"'

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if value is None:
            return None
        coerced = coerce(value)
        return problems.bad_reply(place, message) if coerced is _UNFIT else coerced

    return reader


def _int_reader(value: Json, place: Place, problems: Problems) -> Json:
    if type(value) is int and SMALLEST <= value <= LARGEST:
        return value
    if value is None:
        return None
    coerced = _int(value)
    if coerced is _UNFIT:
        return problems.bad_reply(place, 'gave a value that does not fit type "Int"')
    return coerced


def enum(name: str, visible: frozenset[str]) -> Reader:
    """An enum value, null when the schema hides it."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if value is None or (type(value) is str and value in visible):
            return value
        if not isinstance(value, str):
            return problems.bad_reply(place, f'gave a value that does not fit enum "{name}"')
        return problems.hidden_enum_value(place, name)

    return reader
