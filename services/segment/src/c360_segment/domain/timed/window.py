"""Which part of time a condition looks at, and when it holds something else by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from c360_kernel.calendar_spans import Span, calendar_span
from c360_kernel.catalog.computed_traits import CalendarUnit

from c360_segment.domain.timed.happenings import Happened


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

    def of(self, events: Iterable[Happened], now: int) -> Iterator[Happened]:
        """What of these events is in it now."""
        since, until = self._span(now)
        for one in events:
            if (since is None or one.at >= since) and (until is None or one.at < until):
                yield one

    def changes_at(self, events: Iterable[Happened], now: int) -> int | None:
        """The next moment at which one of these enters or leaves it; None if there is none."""
        if self.this is not None:
            since, until = calendar_span(self.this, self.zone, now)
            ahead = any(since is None or one.at >= since for one in events)
            return until if ahead else None
        lengths = [length for length in (self.last_ms, self.until_ms) if length is not None]
        moments = (one.at + length for one in events for length in lengths)
        return min((moment for moment in moments if moment > now), default=None)

    def _span(self, now: int) -> Span:
        if self.this is not None:
            return calendar_span(self.this, self.zone, now)
        since = None if self.last_ms is None else now - self.last_ms + 1
        return Span(since, None if self.until_ms is None else now - self.until_ms + 1)

    @property
    def plain(self) -> list[object]:
        """It as plain values, in every version the same."""
        return [self.last_ms, self.until_ms, self.this, self.zone]
