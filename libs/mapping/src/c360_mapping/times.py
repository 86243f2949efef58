"""Dates and instants as files write them: a text is one only in its separators or a named format.

Every converter raises `ValueError` on what it cannot take; times are given out as ISO 8601 text,
instants in UTC with milliseconds and a `Z`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache

from c360_mapping.conversions import Convert, to_text

_CACHED_DATES = 65_536
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?(?P<offset> ?([Zz]|[+-]\d\d(:?\d\d)?))?)?",
    re.ASCII,
)
_COUNT = re.compile(r"-?\d+(\.\d*)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOUCHING = re.compile(r"%[YymdjHIMSf]%[YymdjHIMSf]")
# Excel takes 1900 for a leap year: its day 60 is none, and those before it are counted from a day
# later. The other system begins in 1904 with day 0.
_EXCEL_LEAP_DAY = 60
_LAST_EXCEL_DAY = 2_958_465


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How dates are written.

    `formats` are strptime patterns or names of `COUNTED`, tried in order (none: ISO 8601). `zone`
    is where an instant without an offset was written down, and whose day an instant becomes;
    None: the mapping does not say. `pivot` is the last two-digit year that means 20xx.
    """

    formats: tuple[str, ...] = ()
    zone: tzinfo | None = None
    pivot: int | None = None


def to_date(style: DateStyle) -> Convert:
    """Calendar dates, as `YYYY-MM-DD`."""

    @lru_cache(maxsize=_CACHED_DATES)
    def convert(text: str) -> str:
        if _ISO_DATE.fullmatch(text) and not style.formats:
            return date.fromisoformat(text).isoformat()
        if not style.formats and style.zone is None:
            raise ValueError("a day of an instant needs a time zone")
        moment = _moment(text, style)
        if moment.tzinfo is not None and style.zone is not None:
            moment = _in_zone(moment, style.zone)
        return moment.date().isoformat()

    return lambda value: convert(to_text(value))


def to_datetime(style: DateStyle) -> Convert:
    """Instants, as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""

    @lru_cache(maxsize=_CACHED_DATES)
    def convert(text: str) -> str:
        moment = _moment(text, style)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=style.zone or UTC)
        return iso_utc(moment)

    return lambda value: convert(to_text(value))


def iso_utc(moment: datetime) -> str:
    """An aware instant as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return _in_zone(moment, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error


def _moment(text: str, style: DateStyle) -> datetime:
    if not style.formats:
        return _iso(text)
    for pattern in style.formats:
        try:
            return _parsed(text, pattern, style.pivot)
        except ValueError:
            continue
    raise ValueError("none of the formats fits")


def _iso(text: str) -> datetime:
    # Python's own reader takes any character for the T, and 1704060812345 for a day of 1704.
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("not ISO 8601 with its separators")
    offset = found["offset"] or ""
    return datetime.fromisoformat(text.removesuffix(offset) + offset.strip().upper())


def _parsed(text: str, pattern: str, pivot: int | None) -> datetime:
    if counted := COUNTED.get(pattern):
        return _counted(text, counted)
    moment = datetime.strptime(text, pattern)
    # Where nothing stands between them, 2024111 may be a day of January or of November.
    if _has_touching(pattern) and len(text) != len(moment.strftime(pattern)):
        raise ValueError("digits are missing")
    if pivot is None or "%y" not in pattern:
        return moment
    year = moment.year % 100
    return moment.replace(year=(2000 if year <= pivot else 1900) + year)


@cache
def _has_touching(pattern: str) -> bool:
    return _TOUCHING.search(pattern.replace("%%", "")) is not None


def _counted(text: str, counted: Callable[[Decimal], datetime]) -> datetime:
    if not _COUNT.fullmatch(text):
        raise ValueError("not a number of seconds or days")
    try:
        return counted(Decimal(text))
    except (OverflowError, ArithmeticError) as error:
        raise ValueError("outside the years 1 to 9999") from error


def _from_epoch(per_second: int) -> Callable[[Decimal], datetime]:
    def counted(count: Decimal) -> datetime:
        return _EPOCH + timedelta(microseconds=int(count * 1_000_000 / per_second))

    return counted


def _from_excel(days: Decimal) -> datetime:
    """A day of Excel's usual system, 1 being the first of January 1900; the fraction is a time."""
    whole = int(days)
    if whole == _EXCEL_LEAP_DAY:
        raise ValueError("29 February 1900, which was no day")
    return _after(datetime(1899, 12, 31 if whole < _EXCEL_LEAP_DAY else 30), days, first=1)


def _from_excel_1904(days: Decimal) -> datetime:
    return _after(datetime(1904, 1, 1), days, first=0)


def _after(start: datetime, days: Decimal, first: int) -> datetime:
    if not first <= days < _LAST_EXCEL_DAY + 1:
        raise ValueError("no day of a spreadsheet")
    milliseconds = round(days * 86_400_000)
    return start + timedelta(milliseconds=milliseconds)


COUNTED: Mapping[str, Callable[[Decimal], datetime]] = {
    "epoch_seconds": _from_epoch(1),
    "epoch_milliseconds": _from_epoch(1000),
    "epoch_microseconds": _from_epoch(1_000_000),
    "epoch_days": lambda days: datetime(1970, 1, 1) + timedelta(days=int(days)),
    "excel_serial": _from_excel,
    "excel_serial_1904": _from_excel_1904,
}
"""Formats that are a number, by the name that a mapping gives them."""
