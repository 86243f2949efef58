"""Turns one raw value into the catalog's typed value, without guessing.

Raw values are what JSON, CSV mappings and GraphQL input deliver: None, bool,
int, float, str, list. Only what loses nothing is converted: a whole number to
a float, ISO 8601 text to a date or an instant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol, cast

from c360_kernel.errors import Invalid
from c360_kernel.record import TraitValue

ValueType = Literal["string", "int", "float", "boolean", "date", "datetime", "strings"]


class Typed(Protocol):
    """What says of which type its values are."""

    @property
    def type(self) -> ValueType:
        """The type."""
        ...


_INT64 = 2**63
_EXACT_FLOAT = 2**53
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
FIRST_MS = -62135596800000
LAST_MS = 253402300799999
"""The years 1 to 9999 in milliseconds UTC."""
_UNCLEAR_MS = 366 * 86_400_000
"""Numbers below it, of either sign, may as well be seconds."""


class TypeMismatch(Invalid):
    """A value is not of the type asked for. The message says what is expected, never the value."""

    code = "TYPE_MISMATCH"


class TimeUnitUnclear(TypeMismatch):
    """A number that would be milliseconds of 1970, and is more likely seconds of today."""

    code = "TIME_UNIT"


def typed(raw: object, type_: ValueType) -> TraitValue:
    """The value as its type's Python form (see `TraitValue`). Raises `TypeMismatch`."""
    return _READERS[type_](raw)


def parse_date(text: str) -> str:
    """A calendar date `YYYY-MM-DD`, checked and unchanged."""
    if _DATE.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise TypeMismatch("expected a date as YYYY-MM-DD")


def fits(kind: ValueType, value: TraitValue) -> bool:
    """True if the value is of the type and not empty (blank text, no number, empty list)."""
    if type(value) not in _PYTHON_TYPES[kind]:
        return False
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return math.isfinite(value) if isinstance(value, float) else value != ()


def fitting(
    types: Mapping[str, Typed], values: Mapping[str, TraitValue]
) -> list[tuple[str, TraitValue]]:
    """The values that are of the type that is declared for their name."""
    return [
        (name, value)
        for name, value in values.items()
        if (declared := types.get(name)) is not None and fits(declared.type, value)
    ]


def is_above(value: object, bound: object) -> bool:
    """Whether a number is above a number, or a day after a day; nothing is above nothing."""
    if isinstance(value, str) and isinstance(bound, str):
        return value > bound
    if isinstance(value, (int, float)) and isinstance(bound, (int, float)):
        return value > bound
    return False


def parse_instant(text: str) -> int:
    """ISO 8601 date and time with an offset or Z, as milliseconds UTC (finer parts are cut)."""
    if _INSTANT.fullmatch(text):
        try:
            instant = datetime.fromisoformat(text.upper())
            return (instant - _EPOCH) // _MS
        except (ValueError, OverflowError):
            pass
    raise TypeMismatch("expected a date and time with its offset, as 2026-01-31T08:00:00Z")


def format_instant(ms: int) -> str:
    """Milliseconds UTC as ISO 8601 with Z, the milliseconds shown only when there are any."""
    instant = _EPOCH + timedelta(milliseconds=ms)
    precision = "milliseconds" if ms % 1000 else "seconds"
    return instant.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def _string(raw: object) -> str:
    if isinstance(raw, str) and raw.isprintable():
        return raw
    if not isinstance(raw, str):
        raise TypeMismatch(f"expected text, found {_kind(raw)}")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise TypeMismatch("expected text, found broken Unicode") from None
    if "\0" in raw:
        raise TypeMismatch("expected text, found a NUL character")
    return raw


def _int(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise TypeMismatch(f"expected a whole number, found {_kind(raw)}")
    if not -_INT64 <= raw < _INT64:
        raise TypeMismatch("expected a whole number of at most 64 bits")
    return raw


def _float(raw: object) -> float:
    if isinstance(raw, int) and not isinstance(raw, bool):
        if abs(raw) > _EXACT_FLOAT:
            raise TypeMismatch("expected a number that a float holds exactly")
        return float(raw)
    if not isinstance(raw, float):
        raise TypeMismatch(f"expected a number, found {_kind(raw)}")
    if not math.isfinite(raw):
        raise TypeMismatch("expected a finite number")
    return raw


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    raise TypeMismatch(f"expected true or false, found {_kind(raw)}")


def _date(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeMismatch(f"expected a date as YYYY-MM-DD, found {_kind(raw)}")
    return parse_date(raw)


def _datetime(raw: object) -> int:
    if isinstance(raw, str):
        return parse_instant(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        if abs(raw) < _UNCLEAR_MS:
            raise TimeUnitUnclear(
                "expected milliseconds, found a number as of seconds: write 1970 as text"
            )
        if FIRST_MS <= raw <= LAST_MS:
            return raw
        raise TypeMismatch("expected milliseconds of the years 1 to 9999")
    raise TypeMismatch(f"expected a date and time or milliseconds, found {_kind(raw)}")


def _strings(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, (list, tuple)):
        raise TypeMismatch(f"expected a list of texts, found {_kind(raw)}")
    return tuple(_string(item) for item in cast("list[object]", raw))


_READERS: Mapping[ValueType, Callable[[object], TraitValue]] = {
    "string": _string,
    "int": _int,
    "float": _float,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "strings": _strings,
}


_PYTHON_TYPES: Mapping[ValueType, tuple[type, ...]] = {
    "string": (str,),
    "date": (str,),
    "int": (int,),
    "datetime": (int,),
    "float": (float, int),
    "boolean": (bool,),
    "strings": (tuple,),
}


def _kind(raw: object) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return "true or false"
    if isinstance(raw, (int, float)):
        return "a number"
    if isinstance(raw, str):
        return "text"
    return "a list" if isinstance(raw, (list, tuple)) else "an object"
