"""Turns a cell's text into a typed value: numbers, truth values, dates and instants.

Every converter raises `ValueError` on what it cannot take; times are given out as ISO 8601
text, instants in UTC with milliseconds and a `Z`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

Value = str | int | float | bool
Convert = Callable[[object], Value]

EPOCH_SECONDS = "epoch_seconds"
EPOCH_MILLISECONDS = "epoch_milliseconds"

_TRUE = frozenset({"true", "yes", "y", "1", "t", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "f", "off"})
_CACHED_DATES = 65_536


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written: the decimal sign and the sign between thousands (or none)."""

    decimal: str = "."
    thousands: str = ""

    def plain(self, value: object) -> str:
        """The number as Python writes it."""
        text = str(value)
        if "_" in text:
            raise ValueError("Python's own way to group digits")
        if self.thousands:
            text = text.replace(self.thousands, "")
        return text if self.decimal == "." else text.replace(self.decimal, ".")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How dates are written.

    `formats` are strptime patterns tried in order (none: ISO 8601), `zone` is where an instant
    without an offset was written down, `pivot` is the last two-digit year that means 20xx.
    """

    formats: tuple[str, ...] = ()
    zone: tzinfo = UTC
    pivot: int | None = None


def to_text(value: object) -> str:
    """Text as it stands; numbers and truth values as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def to_int(style: NumberStyle) -> Convert:
    """Whole numbers."""

    def convert(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return int(style.plain(value))

    return convert


def to_float(style: NumberStyle) -> Convert:
    """Decimal numbers that are finite."""

    def convert(value: object) -> float:
        number = value if isinstance(value, float) else float(style.plain(value))
        if not math.isfinite(number):
            raise ValueError("not finite")
        return number

    return convert


def to_boolean(value: object) -> bool:
    """true/yes/y/1/t/on and their opposites, in any case."""
    word = to_text(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("neither true nor false")


def to_date(style: DateStyle) -> Convert:
    """Calendar dates, as `YYYY-MM-DD`."""

    @lru_cache(maxsize=_CACHED_DATES)
    def convert(text: str) -> str:
        if not style.formats:
            return date.fromisoformat(text).isoformat()
        return _moment(text, style).date().isoformat()

    return lambda value: convert(to_text(value))


def to_datetime(style: DateStyle) -> Convert:
    """Instants, as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""

    @lru_cache(maxsize=_CACHED_DATES)
    def convert(text: str) -> str:
        moment = _moment(text, style) if style.formats else datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=style.zone)
        return iso_utc(moment)

    return lambda value: convert(to_text(value))


def iso_utc(moment: datetime) -> str:
    """An aware instant as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    try:
        utc = moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error
    return utc.isoformat(timespec="milliseconds") + "Z"


def _moment(text: str, style: DateStyle) -> datetime:
    for pattern in style.formats:
        try:
            return _parsed(text, pattern, style.pivot)
        except ValueError:
            continue
    raise ValueError("none of the formats fits")


def _parsed(text: str, pattern: str, pivot: int | None) -> datetime:
    if pattern in (EPOCH_SECONDS, EPOCH_MILLISECONDS):
        scale = 1 if pattern == EPOCH_SECONDS else 1000
        return _from_epoch(float(text) / scale)
    moment = datetime.strptime(text, pattern)
    if pivot is None or "%y" not in pattern:
        return moment
    year = moment.year % 100
    return moment.replace(year=(2000 if year <= pivot else 1900) + year)


def _from_epoch(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("outside the years 1 to 9999") from error
