"""The day, week, month, quarter or year of a calendar that a moment lies in.

Weeks begin on Monday (ISO 8601). Moments are milliseconds UTC, zones IANA names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from c360_kernel.catalog.computed_traits import CalendarUnit

_MONTHS = 12


class Span(NamedTuple):
    """From `since` until before `until`, ms UTC; None: without a bound."""

    since: int | None = None
    until: int | None = None


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


@lru_cache(maxsize=4_096)
def calendar_span(unit: CalendarUnit, zone: str, present: int) -> Span:
    """The part of the calendar of a zone that a moment lies in."""
    there = _zone(zone)
    first, following = _BOUNDS[unit](datetime.fromtimestamp(present / 1000, there).date())
    return Span(_midnight(first, there), _midnight(following, there))


def _midnight(day: date, zone: tzinfo) -> int:
    """When a day begins; where midnight is skipped, the moment of the change."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _day(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _week(day: date) -> tuple[date, date]:
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=7)


def _months(day: date, length: int) -> tuple[date, date]:
    first = (day.month - 1) // length * length
    year, month = divmod(day.year * _MONTHS + first + length, _MONTHS)
    return date(day.year, first + 1, 1), date(year, month + 1, 1)


_BOUNDS: Mapping[CalendarUnit, Callable[[date], tuple[date, date]]] = {
    "day": _day,
    "week": _week,
    "month": lambda day: _months(day, 1),
    "quarter": lambda day: _months(day, 3),
    "year": lambda day: _months(day, _MONTHS),
}
