"""Moments of the world, which ends on its last day whatever the day of today."""

from __future__ import annotations

import datetime as dt
from random import Random

_BEGIN = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
_DAYS = 911
_SECONDS = _DAYS * 86_400


def moment(chance: Random) -> str:
    """An instant from 2023-01-01 to 2025-06-29, ISO 8601 with Z."""
    return _written(_BEGIN + dt.timedelta(seconds=chance.randrange(_SECONDS)))


def later(chance: Random, instant: str) -> str:
    """An instant up to 90 days after another."""
    start = dt.datetime.fromisoformat(instant)
    return _written(start + dt.timedelta(seconds=chance.randrange(1, 90 * 86_400)))


def day(chance: Random) -> str:
    """A date on which somebody became a customer, 2015 to 2022."""
    return (dt.date(2015, 1, 1) + dt.timedelta(days=chance.randrange(2_900))).isoformat()


def _written(instant: dt.datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
