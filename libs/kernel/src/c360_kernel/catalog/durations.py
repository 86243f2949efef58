"""Lengths of time and time zones as they are written in a catalog."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache

UTC = "UTC"
DURATION_WORDS = "must be a time of up to 3660 days: '30 minutes', '12 hours', '90 days'"
"""What a time that is none is told."""
_DURATION = re.compile(r"([1-9][0-9]{0,6}) (minute|hour|day|week)s?")
_MS: Mapping[str, int] = {
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_LONGEST_MS = 3_660 * _MS["day"]


def duration_ms(text: str) -> int | None:
    """The milliseconds of `90 days`; None for what is no such time, or too long a one."""
    found = _DURATION.fullmatch(text)
    length = int(found[1]) * _MS[found[2]] if found else 0
    return length if 0 < length <= _LONGEST_MS else None


@cache
def time_zones() -> frozenset[str]:
    """The IANA names that are known here, and UTC."""
    return frozenset(zoneinfo.available_timezones()) | {UTC}
