"""Times as they are given on the command line and shown on it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from c360_kernel.errors import Invalid
from c360_kernel.stamp import wall_clock_ms


def time_ms(text: str | None) -> float:
    """A time as in 2026-12-31T00:00:00Z, in ms UTC; now without one. Raises `Invalid`."""
    if text is None:
        return float(wall_clock_ms())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("a time is written as in 2026-12-31T00:00:00Z", code="TIME_INVALID") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000


def shown_time(at_ms: float) -> str | None:
    """A time as it is written in a policy; None for what never comes."""
    if not math.isfinite(at_ms):
        return None
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
