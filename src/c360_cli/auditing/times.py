"""Times as they are given on the command line."""

from __future__ import annotations

from datetime import datetime

from c360_kernel.errors import Invalid


def instant_of(text: str | None) -> int | None:
    """Milliseconds UTC of an instant with its offset; raises `Invalid` (INSTANT_INVALID)."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("an instant is written 2026-01-31T12:00:00Z", code="INSTANT_INVALID")
    return int(at.timestamp() * 1000)
