"""Something in so many of the last days, weeks or months."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.calendar_spans import Span, calendar_span
from c360_kernel.catalog.computed_traits import CalendarUnit
from c360_kernel.record import TraitValue

from c360_segment.domain.timed.happenings import Happened, Happening, Moment


@dataclass(frozen=True, slots=True)
class Regular:
    """At least one event in `at_least` of the last `periods` parts of the calendar of a zone.

    The last is the present one, or the one before: a day that is not over breaks no row of days.
    With `same` all of them have one value of that property. After PostHog's "performed regularly".
    """

    happening: Happening
    every: CalendarUnit
    zone: str
    at_least: int
    periods: int
    same: str = ""

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at."""
        return (self.happening,)

    def holds(self, moment: Moment) -> bool:
        """Whether it is so at a moment."""
        spans = self._spans(moment.now)
        return any(self._is_regular(times, spans) for times in self._times(moment).values())

    def looked_at(self, moment: Moment) -> Sequence[Happened]:
        """The events in all of these parts of the calendar."""
        earliest, end = (spans := self._spans(moment.now))[-1].since or 0, spans[0].until or 0
        return [one for one in self.happening.among(moment) if earliest <= one.at < end]

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself: once the present part of the calendar is over."""
        spans = self._spans(moment.now)
        earliest = spans[-1].since or 0
        ahead = any(one.at >= earliest for one in self.happening.among(moment))
        return spans[0].until if ahead else None

    def _is_regular(self, times: Collection[int], spans: Sequence[Span]) -> bool:
        is_kept = [any(_is_in(span, at) for at in times) for span in spans]
        return max(sum(is_kept[:-1]), sum(is_kept[1:])) >= self.at_least

    def _spans(self, now: int) -> Sequence[Span]:
        """The present part of the calendar and as many before it as are looked at."""
        spans = [calendar_span(self.every, self.zone, now)]
        for _ in range(self.periods):
            spans.append(calendar_span(self.every, self.zone, (spans[-1].since or 0) - 1))
        return spans

    def _times(self, moment: Moment) -> Mapping[TraitValue | None, Collection[int]]:
        times: dict[TraitValue | None, list[int]] = {}
        for one in self.happening.among(moment):
            value = self._value(one)
            if not self.same or value is not None:
                times.setdefault(value, []).append(one.at)
        return times

    def _value(self, event: Happened) -> TraitValue | None:
        return event.properties.get(self.same) if self.same else None

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        form = [self.every, self.zone, self.at_least, self.periods, self.same]
        return ["regular", *form, self.happening.plain]


def _is_in(span: Span, at: int) -> bool:
    return (span.since or 0) <= at < (span.until or 0)
