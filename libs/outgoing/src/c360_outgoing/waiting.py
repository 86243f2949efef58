"""How long the other side wants to be left alone."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite


def retry_after_s(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Seconds until it may be asked again, which may be said as a date (RFC 9110); None unsaid."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            return _seconds(value.decode("latin-1"))
    return None


def _seconds(text: str) -> float | None:
    with suppress(ValueError):
        return float(text) if isfinite(float(text)) else None
    with suppress(ValueError, OverflowError):
        return _at(parsedate_to_datetime(text)) - time.time()
    return None


def _at(date: datetime) -> float:
    """A date of the zone -0000 is read without one, and is UTC (RFC 5322)."""
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
