"""Which part of time a computed trait looks at, and when that is another one.

A sliding window of `last_ms` holds what happened less than so long before the present; a window of
the calendar the day, week (from Monday, ISO 8601), month, quarter or year that the present lies in.
What is said to happen later than now is in a sliding window, for clocks differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from c360_kernel.catalog.computed_traits import CalendarUnit, ComputedTrait

_MONTHS = 12


class Span(NamedTuple):
    """From `since` until before `until`, ms UTC; None: without a bound."""

    since: int | None = None
    until: int | None = None


ALWAYS = Span()


def span_of(trait: ComputedTrait, present: int) -> Span:
    """The window of a trait at a moment (ms UTC)."""
    if trait.last_ms is not None:
        return Span(present - trait.last_ms + 1)
    if trait.this is None:
        return ALWAYS
    return _calendar_span(trait.this, trait.zone, present)


def changes_at(trait: ComputedTrait, span: Span, first: int) -> int:
    """When a window is another one for what it holds, the earliest of which happened at `first`."""
    if trait.last_ms is not None:
        return first + trait.last_ms
    assert span.until is not None, "a window of the calendar ends"
    return span.until


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


@lru_cache(maxsize=4_096)
def _calendar_span(unit: CalendarUnit, zone: str, present: int) -> Span:
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
