"""How a date of the profile lies beside the present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from c360_kernel.record import TraitValue

from c360_segment.domain.timed.happenings import Happening, Moment

Beside = Literal["within_last", "within_next", "before_last", "after_next"]
_MIDNIGHT = "T00:00:00+00:00"
_FIRST = 1
"""A moment that is over once any present is known."""


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A golden date lies within the last or next `length_ms`, or before or after that.

    A day counts as its midnight in UTC. It fails without a date, or while the present is not known.
    `by` is the trait that refers to the object whose date it is, if it is one's.
    """

    trait: str
    beside: Beside
    length_ms: int
    by: str = ""

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at: no event."""
        return ()

    def holds(self, moment: Moment) -> bool:
        """Whether it is so at a moment."""
        date = _ms(moment.traits.get(self.trait))
        if date is None or not moment.now:
            return False
        return _BESIDE[self.beside](date - moment.now, self.length_ms)

    def changes_at(self, moment: Moment) -> int | None:
        """When it is another by itself."""
        date = _ms(moment.traits.get(self.trait))
        if date is None:
            return None
        if not moment.now:
            return _FIRST
        moments = (date - self.length_ms, date, date + self.length_ms)
        return min((one for one in moments if one > moment.now), default=None)

    @property
    def plain(self) -> list[object]:
        """It as plain values."""
        return ["date", self.trait, self.beside, self.length_ms]


_BESIDE: Mapping[Beside, Callable[[int, int], bool]] = {
    "within_last": lambda ahead, length: -length < ahead <= 0,
    "within_next": lambda ahead, length: 0 < ahead <= length,
    "before_last": lambda ahead, length: ahead <= -length,
    "after_next": lambda ahead, length: ahead > length,
}


def _ms(value: TraitValue | None) -> int | None:
    """A moment, or the midnight in which a day begins, in ms UTC."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value
    try:
        return round(datetime.fromisoformat(f"{value[:10]}{_MIDNIGHT}").timestamp() * 1000)
    except ValueError:
        return None
