"""Which part of time a condition looks at, and when it holds something else by itself."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from c360_kernel.calendar_spans import Span, calendar_span
from c360_kernel.catalog.computed_traits import CalendarUnit

from c360_segment.domain.timed.happenings import Happened

_AT = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Window:
    """What happened less than `last_ms` and at least `until_ms` before the present; or in the part
    of the calendar (`this`, of a `zone`) that the present lies in. Of neither: always.

    What is said to happen later than now is in a window without an `until`, for clocks differ.
    """

    last_ms: int | None = None
    until_ms: int | None = None
    this: CalendarUnit | None = None
    zone: str = "UTC"

    def of(self, events: Sequence[Happened], now: int) -> Sequence[Happened]:
        """What of these events, earliest first, is in it now."""
        since, until = self.span(now)
        start = 0 if since is None else bisect_left(events, since, key=_AT)
        end = len(events) if until is None else bisect_left(events, until, key=_AT)
        return events[start:end]

    def changes_at(self, events: Sequence[Happened], now: int) -> int | None:
        """The next moment at which one of these, earliest first, enters or leaves it; None if there
        is none."""
        if self.this is not None:
            since, until = calendar_span(self.this, self.zone, now)
            return until if events and (since is None or events[-1].at >= since) else None
        moments = (_next(events, now, ms) for ms in (self.last_ms, self.until_ms) if ms is not None)
        return min((moment for moment in moments if moment is not None), default=None)

    def span(self, now: int) -> Span:
        """From when until when what is in it happened."""
        if self.this is not None:
            return calendar_span(self.this, self.zone, now)
        since = None if self.last_ms is None else now - self.last_ms + 1
        return Span(since, None if self.until_ms is None else now - self.until_ms + 1)

    @property
    def plain(self) -> list[object]:
        """It as plain values, in every version the same."""
        return [self.last_ms, self.until_ms, self.this, self.zone]


def _next(events: Sequence[Happened], now: int, length: int) -> int | None:
    """The first moment after now that lies so far behind one of these events."""
    ahead = bisect_right(events, now - length, key=_AT)
    return events[ahead].at + length if ahead < len(events) else None
