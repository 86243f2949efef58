"""Instants as they are given on the command line and shown on it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from c360_kernel.errors import Invalid
from c360_kernel.value_types import TypeMismatch, parse_instant


def instant_ms(text: str) -> int:
    """Milliseconds UTC of an instant with its offset; raises `Invalid` (INSTANT_INVALID)."""
    try:
        return parse_instant(text)
    except TypeMismatch:
        message = "an instant is written 2026-01-31T12:00:00Z, with its offset"
        raise Invalid(message, code="INSTANT_INVALID") from None


def shown_instant(at_ms: float) -> str | None:
    """An instant as a policy writes it, in whole seconds; None for what never comes."""
    if not math.isfinite(at_ms):
        return None
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
