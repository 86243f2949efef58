"""What one record's events come to so far, by kind, so that another event is added in one step.

Parts of several records are put together to what all their events come to. Nothing is ever taken
out of a part: whoever has to reads the record's events again.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, cast

from c360_kernel.calendar_spans import Span
from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.computing.kinds import (
    Seen,
    items_in,
    most_frequent,
    texts_in,
    total,
    whole,
)
from c360_kernel.record import TraitValue

MANY_PARTIALS = 64


class Part(Protocol):
    """What some values come to."""

    def add(self, seen: Seen) -> None:
        """One more."""
        ...

    def add_all(self, seen: Sequence[Seen]) -> None:
        """Many more."""
        ...


class Windowed:
    """What was seen, in the order in which it happened: of traits with windows."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def add(self, seen: Seen) -> None:
        """One more."""
        insort(self.seen, seen)

    def add_all(self, seen: Sequence[Seen]) -> None:
        """Many more."""
        self.seen = sorted((*self.seen, *seen))

    def within(self, span: Span) -> list[Seen]:
        """What lies in a window, the earliest first."""
        held = self.seen
        begin = 0 if span.since is None else bisect_left(held, (span.since,))
        end = len(held) if span.until is None else bisect_left(held, (span.until,))
        return held[begin:end]

    def first_from(self, since: int | None) -> int | None:
        """When the first happened that did not happen before a moment."""
        begin = 0 if since is None else bisect_left(self.seen, (since,))
        return self.seen[begin].at if begin < len(self.seen) else None


class _Counted:
    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0

    def add(self, seen: Seen) -> None:
        self.number += 1

    def add_all(self, seen: Sequence[Seen]) -> None:
        self.number += len(seen)


class _Numbers:
    """Whole numbers summed, and floats by partial sums that together are exact."""

    __slots__ = ("number", "partials", "whole")

    def __init__(self) -> None:
        self.number = 0
        self.whole = 0
        self.partials: list[float] = []

    def add(self, seen: Seen) -> None:
        self.add_all((seen,))

    def add_all(self, seen: Sequence[Seen]) -> None:
        self.number += len(seen)
        values = [cast(float, one.value) for one in seen]
        if isinstance(values[0], int):
            # What is of one property is of one type.
            self.whole += cast(int, sum(values))
            return
        self.partials += values
        if len(self.partials) > MANY_PARTIALS:
            self.partials = exact(self.partials)


def exact(numbers: Sequence[float]) -> list[float]:
    """Few numbers with the same exact sum (Shewchuk's expansion); as they are where one is too
    large for a float."""
    partials: list[float] = []
    for given in numbers:
        added, kept = given, 0
        for held in partials:
            large, small = (added, held) if abs(added) >= abs(held) else (held, added)
            high = large + small
            low = small - (high - large)
            if not math.isfinite(high):
                return list(numbers)
            if low:
                partials[kept] = low
                kept += 1
            added = high
        partials[kept:] = [added]
    return partials


class _Extreme:
    """The least or greatest value."""

    __slots__ = ("of", "value")

    def __init__(self, of: Callable[..., Any]) -> None:
        self.of = of
        self.value: Any = None

    def add(self, seen: Seen) -> None:
        self.value = seen.value if self.value is None else self.of(self.value, seen.value)

    def add_all(self, seen: Sequence[Seen]) -> None:
        values = [one.value for one in seen]
        self.value = self.of(values if self.value is None else [self.value, *values])


class _End:
    """The first or last of what was seen, of any type."""

    __slots__ = ("end", "of")

    def __init__(self, of: Callable[..., Seen]) -> None:
        self.of = of
        self.end: Seen | None = None

    def add(self, seen: Seen) -> None:
        self.end = seen if self.end is None else self.of(self.end, seen)

    def add_all(self, seen: Sequence[Seen]) -> None:
        self.end = self.of(seen if self.end is None else (self.end, *seen))


class _Different:
    """How often each value was seen."""

    __slots__ = ("counts", "of")

    def __init__(self, of: Callable[[TraitValue], Sequence[Hashable]]) -> None:
        self.of = of
        self.counts: Counter[Any] = Counter()

    def add(self, seen: Seen) -> None:
        self.counts.update(self.of(seen.value))

    def add_all(self, seen: Sequence[Seen]) -> None:
        of = self.of
        self.counts.update([item for one in seen for item in of(one.value)])


def new_part(trait: ComputedTrait) -> Part:
    """What nothing comes to, of a trait without a window."""
    return _NEW[trait.kind]()


def together(trait: ComputedTrait, parts: Sequence[Any]) -> TraitValue | None:
    """What the parts of several records come to, of a trait without a window."""
    return _TOGETHER[trait.kind](parts)


_NEW: Mapping[str, Callable[[], Part]] = {
    "count": _Counted,
    "sum": _Numbers,
    "average": _Numbers,
    "min": lambda: _Extreme(min),
    "max": lambda: _Extreme(max),
    "first": lambda: _End(min),
    "last": lambda: _End(max),
    "most_frequent": lambda: _Different(texts_in),
    "unique_list": lambda: _Different(texts_in),
    "unique_count": lambda: _Different(items_in),
}


def _sum(parts: Sequence[_Numbers]) -> TraitValue | None:
    if any(one.partials for one in parts):
        return total(number for one in parts for number in one.partials)
    return whole(sum(one.whole for one in parts))


def _average(parts: Sequence[_Numbers]) -> TraitValue | None:
    number = sum(one.number for one in parts)
    if any(one.partials for one in parts):
        found = total(number for one in parts for number in one.partials)
        return None if found is None else found / number
    return sum(one.whole for one in parts) / number


def _counts(parts: Sequence[_Different]) -> Counter[Any]:
    if len(parts) == 1:
        return parts[0].counts
    counts: Counter[Any] = Counter()
    for one in parts:
        counts.update(one.counts)
    return counts


_TOGETHER: Mapping[str, Callable[[Sequence[Any]], TraitValue | None]] = {
    "count": lambda parts: sum(one.number for one in parts),
    "sum": _sum,
    "average": _average,
    "min": lambda parts: min(one.value for one in parts),
    "max": lambda parts: max(one.value for one in parts),
    "first": lambda parts: min(one.end for one in parts).value,
    "last": lambda parts: max(one.end for one in parts).value,
    "most_frequent": lambda parts: most_frequent(_counts(parts)),
    "unique_list": lambda parts: tuple(sorted(_counts(parts))) or None,
    "unique_count": lambda parts: len(_counts(parts)) or None,
}
