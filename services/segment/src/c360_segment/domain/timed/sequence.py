"""One thing after another: A, then B within a time, then C or nothing of the kind."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.record import TraitValue

from c360_segment.domain.timed.happenings import Happened, Happening, Moment
from c360_segment.domain.timed.window import Window

_Values = tuple[TraitValue, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes later than the step before, by at most `within_ms`, with the same properties."""

    happening: Happening
    within_ms: int
    same: tuple[str, ...] = ()

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        return [self.happening.plain, self.within_ms, list(self.same)]


@dataclass(frozen=True, slots=True)
class Ordered:
    """An event in a window, then these steps; and where `absent` is there, not that one then.

    That something did not happen is known only once its time is over.
    """

    first: Happening
    window: Window
    steps: tuple[Step, ...]
    absent: Step | None = None

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at."""
        steps = (*self.steps, *((self.absent,) if self.absent else ()))
        return (self.first, *(step.happening for step in steps))

    def holds(self, moment: Moment) -> bool:
        """Whether it is so at a moment."""
        last = self._reached(moment)
        if self.absent is None:
            return bool(last)
        over = [one for one in last if one.at + self.absent.within_ms <= moment.now]
        return bool(over) and bool(_unfollowed(over, self.absent, moment))

    def found(self, moment: Moment) -> Sequence[Happened]:
        """The events of the latest such sequence, in their order; else as far as one goes."""
        layers = [list(self.window.of(self.first.among(moment), moment.now))]
        for step in self.steps:
            following = _following(layers[-1], step, moment)
            if not following:
                return _back(layers, self.steps)
            layers.append(following)
        if self.absent is not None:
            over = [one for one in layers[-1] if one.at + self.absent.within_ms <= moment.now]
            layers[-1] = _unfollowed(over, self.absent, moment) or layers[-1]
        return _back(layers, self.steps)

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself."""
        moments = [self.window.changes_at(self.first.among(moment), moment.now)]
        if self.absent is not None:
            ends = (one.at + self.absent.within_ms for one in self._reached(moment))
            moments += [end for end in ends if end > moment.now]
        return min((one for one in moments if one is not None), default=None)

    def _reached(self, moment: Moment) -> Sequence[Happened]:
        """The events that can be the last step."""
        reached = list(self.window.of(self.first.among(moment), moment.now))
        for step in self.steps:
            reached = _following(reached, step, moment)
        return reached

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        absent = self.absent.plain if self.absent else None
        steps = [step.plain for step in self.steps]
        return ["sequence", self.first.plain, self.window.plain, steps, absent]


def _back(layers: Sequence[Sequence[Happened]], steps: Sequence[Step]) -> Sequence[Happened]:
    """From the last event that was reached back to the one that it began with."""
    found = list(layers[-1][-1:])
    for layer, step in zip(reversed(layers[:-1]), reversed(steps[: len(layers) - 1]), strict=True):
        after = found[0]
        found.insert(0, next(one for one in reversed(layer) if _leads_to(one, after, step)))
    return found


def _leads_to(one: Happened, after: Happened, step: Step) -> bool:
    values = _values(one, step.same)
    is_same = values is not None and values == _values(after, step.same)
    return is_same and 0 < after.at - one.at <= step.within_ms


def _following(before: Iterable[Happened], step: Step, moment: Moment) -> list[Happened]:
    times = _times(before, step.same)
    found: list[Happened] = []
    for one in step.happening.among(moment):
        earlier = _alike(times, one, step)
        place = bisect_left(earlier, one.at)
        if place and one.at - earlier[place - 1] <= step.within_ms:
            found.append(one)
    return found


def _unfollowed(before: Iterable[Happened], step: Step, moment: Moment) -> list[Happened]:
    times = _times(step.happening.among(moment), step.same)
    found: list[Happened] = []
    for one in before:
        later = _alike(times, one, step)
        place = bisect_right(later, one.at)
        if place == len(later) or later[place] - one.at > step.within_ms:
            found.append(one)
    return found


def _alike(times: Mapping[_Values, Sequence[int]], event: Happened, step: Step) -> Sequence[int]:
    """When what has the values of an event happened; never, of one that lacks a value."""
    values = _values(event, step.same)
    return () if values is None else times.get(values, ())


def _times(events: Iterable[Happened], same: tuple[str, ...]) -> dict[_Values, list[int]]:
    """When what has these properties happened, by their values, earliest first."""
    times: dict[_Values, list[int]] = {}
    for one in events:
        values = _values(one, same)
        if values is not None:
            times.setdefault(values, []).append(one.at)
    return times


def _values(event: Happened, same: tuple[str, ...]) -> _Values | None:
    """The values of these properties; None if one is not there."""
    found = [event.properties.get(name) for name in same]
    present = tuple(value for value in found if value is not None)
    return present if len(present) == len(found) else None
