"""The time that a question about policy is asked for."""

from __future__ import annotations

from c360_kernel.stamp import wall_clock_ms

from c360_cli.instants import instant_ms


def time_ms(text: str | None) -> float:
    """An instant as in 2026-12-31T00:00:00Z, in ms UTC; now without one. Raises `Invalid`."""
    return float(wall_clock_ms() if text is None else instant_ms(text))
