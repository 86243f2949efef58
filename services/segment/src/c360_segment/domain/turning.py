"""The moments at which conditions on events may change, found without asking them: for the batch
evaluator."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from c360_kernel.calendar_spans import calendar_span
from c360_kernel.catalog.computed_traits import CalendarUnit
from c360_kernel.conditions import tree

from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.held import Held, PastLeaf
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered
from c360_segment.domain.timed.window import Window


def turns_of(
    condition: tree.Condition[PastLeaf], times: Collection[int], since: int, until: int
) -> set[int]:
    """Where a condition on what has these times (ms UTC) may change, from a moment to another.

    There may be others beside them, and some out of that time.
    """
    found = set(times)
    for leaf in tree.leaves(condition):
        found |= _of_leaf(leaf, times, since, until)
    return found


def _of_leaf(leaf: PastLeaf, times: Collection[int], since: int, until: int) -> set[int]:
    match leaf:
        case Measured(_, window):
            return _of_window(window, times, since, until)
        case Ordered(_, window, _, absent):
            over = {at + absent.within_ms for at in times} if absent else set[int]()
            return over | _of_window(window, times, since, until)
        case RelativeDate(_, _, length_ms):
            return {at + by for at in times for by in (-length_ms, length_ms)}
        case Regular(_, every, zone):
            return set(_begins(every, zone, since, until))
        case Held(inner, length_ms):
            before = turns_of(inner, times, since - length_ms, until)
            return before | {at + length_ms for at in before}
        case _:
            return set()


def _of_window(window: Window, times: Collection[int], since: int, until: int) -> set[int]:
    if window.this is not None:
        return set(_begins(window.this, window.zone, since, until))
    lengths = [one for one in (window.last_ms, window.until_ms) if one is not None]
    return {at + length for at in times for length in lengths}


def _begins(unit: CalendarUnit, zone: str, since: int, until: int) -> Iterator[int]:
    at = since
    while at <= until:
        yield at
        at = calendar_span(unit, zone, at).until or until + 1
