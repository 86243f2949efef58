"""Lengths of time as people write them: `30s`, `10m`, `24h`, `7d`."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(\d{1,6})(ms|s|m|h|d)")
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(text: str) -> int:
    """Milliseconds. Raises `ValueError`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("a length of time is written as 30s, 10m, 24h or 7d")
    return int(found[1]) * _MS[found[2]]
