"""How many events there are in a window, and what a number of theirs comes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from c360_segment.domain.timed.happenings import Happened, Happening, Moment
from c360_segment.domain.timed.window import Window

Measure = Literal["count", "sum", "average", "min", "max"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of the events in a window lies within [at_least, at_most].

    All but `count` look at the number in a property (`looks_at`); events without one are left out.
    The sum of none is 0; an average, a smallest or greatest of none fails.
    """

    happening: Happening
    window: Window
    measure: Measure
    looks_at: str
    at_least: float | None
    at_most: float | None

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at."""
        return (self.happening,)

    def holds(self, moment: Moment) -> bool:
        """Whether it is so at a moment."""
        return self.is_met_by(self.within(moment))

    def within(self, moment: Moment) -> Sequence[Happened]:
        """The events that are measured."""
        return self.window.of(self.happening.among(moment), moment.now)

    def is_met_by(self, within: Sequence[Happened]) -> bool:
        """Whether it is so of the events in its window."""
        found = self._value_of(within)
        if found is None:
            return False
        least, most = self.at_least, self.at_most
        return (least is None or found >= least) and (most is None or found <= most)

    def asked(self) -> Callable[[Sequence[Happened]], bool]:
        """`is_met_by`, which is one comparison where no more than a number of events is asked."""
        least = self.at_least
        if self.measure == "count" and least is not None and self.at_most is None:
            return lambda within: len(within) >= least
        return self.is_met_by

    def value(self, moment: Moment) -> float | None:
        """What the measure comes to; None of nothing."""
        return self._value_of(self.within(moment))

    def _value_of(self, chosen: Sequence[Happened]) -> float | None:
        if self.measure == "count":
            return len(chosen)
        values = (one.properties.get(self.looks_at) for one in chosen)
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        return _MEASURES[self.measure](numbers)

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself."""
        return self.window.changes_at(self.happening.among(moment), moment.now)

    @property
    def clock(self) -> Measured:
        """What changes at the same moments, whatever is measured and compared."""
        return Measured(self.happening, self.window, "count", "", None, None)

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        bounds = [self.at_least, self.at_most]
        return [self.measure, self.looks_at, *bounds, self.happening.plain, self.window.plain]


def _average(numbers: Sequence[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None


_MEASURES: Mapping[str, Callable[[Sequence[float]], float | None]] = {
    # Exactly rounded, so that the order of events is nothing to it.
    "sum": math.fsum,
    "average": _average,
    "min": lambda numbers: min(numbers, default=None),
    "max": lambda numbers: max(numbers, default=None),
}
