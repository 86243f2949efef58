"""Which part of time a computed trait looks at, and when that is another one.

A sliding window of `last_ms` holds what happened less than so long before the present; a window of
the calendar the day, week, month, quarter or year that the present lies in. What is said to happen
later than now is in a sliding window, for clocks differ. A quintile is of whole days (UTC): of so
many until the end of the present one.
"""

from __future__ import annotations

from c360_kernel.calendar_spans import Span, calendar_span
from c360_kernel.catalog.computed_traits import ComputedTrait

ALWAYS = Span()
MS_A_DAY = 86_400_000


def span_of(trait: ComputedTrait, present: int) -> Span:
    """The window of a trait at a moment (ms UTC)."""
    if trait.of is not None:
        end = present - present % MS_A_DAY + MS_A_DAY
        return Span(None if trait.last_ms is None else end - trait.last_ms, end)
    if trait.last_ms is not None:
        return Span(present - trait.last_ms + 1)
    if trait.this is None:
        return ALWAYS
    return calendar_span(trait.this, trait.zone, present)


def changes_at(trait: ComputedTrait, span: Span, first: int) -> int:
    """When a window is another one for what it holds, the earliest of which happened at `first`."""
    if trait.last_ms is not None:
        return first + trait.last_ms
    assert span.until is not None, "a window of the calendar ends"
    return span.until
