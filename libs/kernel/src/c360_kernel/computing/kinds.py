"""What several values come to, by the kind of a computed trait: the plain rule, value by value.

`most_frequent` is Segment's: of values seen at least twice the most frequent, of equally frequent
ones the first by code point. Sums are the exactly rounded sum of all, so that no order of adding
and no division among records gives another one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from c360_kernel.catalog.computed_traits import ComputedKind
from c360_kernel.record import TraitValue

_LEAST_SEEN = 2
_INT64 = 2**63


class Seen(NamedTuple):
    """A value that an event has: when it happened (ms UTC), and what names the event.

    No two events have one name, so that values are never compared where seen ones are sorted.
    """

    at: int
    source: str
    message_id: str
    value: TraitValue


def come_to(kind: ComputedKind, seen: Sequence[Seen]) -> TraitValue | None:
    """What values come to; None where that is nothing."""
    return _KINDS[kind](seen) if seen else None


def total(numbers: Iterable[float]) -> float | None:
    """The exactly rounded sum of floats; None where no float holds it."""
    try:
        found = math.fsum(numbers)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(number: int) -> int | None:
    """A sum of whole numbers; None where it has more than 64 bits."""
    return number if -_INT64 <= number < _INT64 else None


def texts_in(value: TraitValue) -> Sequence[str]:
    """The texts of a value: a list says each of its items."""
    given = value if isinstance(value, tuple) else (str(value),)
    return [one for one in given if one and not one.isspace()]


def items_in(value: TraitValue) -> Sequence[TraitValue]:
    """What of a value is counted as different ones."""
    return texts_in(value) if isinstance(value, tuple | str) else (value,)


def most_frequent(counts: Mapping[str, int]) -> str | None:
    """See the module."""
    often = [(-number, text) for text, number in counts.items() if number >= _LEAST_SEEN]
    return min(often)[1] if often else None


def _sum(seen: Sequence[Seen]) -> TraitValue | None:
    numbers = [cast(float, one.value) for one in seen]
    if all(isinstance(one, int) for one in numbers):
        return whole(cast(int, sum(numbers)))
    return total(numbers)


def _average(seen: Sequence[Seen]) -> TraitValue | None:
    numbers = [cast(float, one.value) for one in seen]
    if all(isinstance(one, int) for one in numbers):
        return sum(numbers) / len(numbers)
    found = total(numbers)
    return None if found is None else found / len(numbers)


def _values(seen: Sequence[Seen]) -> list[Any]:
    return [one.value for one in seen]


def _most_frequent(seen: Sequence[Seen]) -> TraitValue | None:
    return most_frequent(Counter(text for one in seen for text in texts_in(one.value)))


def _unique_list(seen: Sequence[Seen]) -> TraitValue | None:
    return tuple(sorted({text for one in seen for text in texts_in(one.value)})) or None


def _unique_count(seen: Sequence[Seen]) -> TraitValue | None:
    return len({item for one in seen for item in items_in(one.value)}) or None


_KINDS: Mapping[ComputedKind, Callable[[Sequence[Seen]], TraitValue | None]] = {
    "count": len,
    "sum": _sum,
    "average": _average,
    "min": lambda seen: min(_values(seen)),
    "max": lambda seen: max(_values(seen)),
    "first": lambda seen: min(seen).value,
    "last": lambda seen: max(seen).value,
    "most_frequent": _most_frequent,
    "unique_list": _unique_list,
    "unique_count": _unique_count,
}
