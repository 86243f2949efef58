"""Events in columns: of each name, what some thousands of them have, in the order of its values.

So a test of everybody is a search in sorted numbers, and no event is read by itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

import orjson
from c360_kernel.calendar_spans import Span
from c360_kernel.conditions.operators import kind_of
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_reading import from_rows
from pyroaring import BitMap

_FLOATS, _PLACES = "d", "I"
_EXACT = 1 << 53
"""Whole numbers up to here are floats without a loss."""
_Part = tuple[int, int]


class Column(NamedTuple):
    """What events have under a name, and their places in the order of that; who is in no place has
    nothing there.

    `numbers` are sorted. Where other values are among them, `others` are all, each once, and where
    the places of each end.
    """

    places: array[int]
    numbers: array[float]
    others: Sequence[tuple[TraitValue, int]] = ()

    def meeting(self, test: ValueTest, count: int) -> BitMap:
        """The places, of so many, whose values pass a test."""
        parts = _of_others(test, self.others) if self.others else _of_numbers(test, self.numbers)
        found = BitMap()
        for begin, end in parts:
            found |= BitMap(self.places[begin:end])
        if test.holds({}):
            found |= BitMap(range(count)) - BitMap(self.places)
        return found

    def within(self, span: Span) -> BitMap:
        """The places whose numbers lie in a span."""
        begin = 0 if span.since is None else bisect_left(self.numbers, span.since)
        end = len(self.numbers) if span.until is None else bisect_left(self.numbers, span.until)
        return BitMap(self.places[begin:end])

    def written(self) -> tuple[bytes, bytes, bytes]:
        """It as bytes."""
        return self.places.tobytes(), self.numbers.tobytes(), orjson.dumps(self.others)


def column_of(values: Sequence[TraitValue | None]) -> Column:
    """The column of what events have, by their places; None: nothing."""
    held = [(value, place) for place, value in enumerate(values) if value is not None]
    if all(_is_plain(value) for value, _ in held):
        numbers = sorted(cast("list[tuple[float, int]]", held))
        places = array(_PLACES, [place for _, place in numbers])
        return Column(places, array(_FLOATS, [number for number, _ in numbers]))
    return _grouped(held)


@from_rows
def read_column(places: bytes, numbers: bytes, others: bytes) -> Column:
    """What `Column.written` wrote."""
    held = [(tuple(v) if isinstance(v, list) else v, end) for v, end in orjson.loads(others)]
    return Column(read_numbers(places), _read(_FLOATS, numbers), held)


def read_numbers(data: bytes) -> array[int]:
    """Places, or numbers of records."""
    return _read(_PLACES, data)


def write_numbers(numbers: Sequence[int]) -> bytes:
    """Places, or numbers of records, as bytes."""
    return array(_PLACES, numbers).tobytes()


def _read(kind: str, data: bytes) -> array[Any]:
    held = array(kind)
    held.frombytes(data)
    return held


def _grouped(held: Sequence[tuple[TraitValue, int]]) -> Column:
    """By their text: True and 1 are equal, and two things to conditions."""
    named: dict[bytes, tuple[TraitValue, list[int]]] = {}
    for value, place in held:
        named.setdefault(orjson.dumps(value), (value, []))[1].append(place)
    places = array(_PLACES)
    others: list[tuple[TraitValue, int]] = []
    for value, having in named.values():
        places.extend(having)
        others.append((value, len(places)))
    return Column(places, array(_FLOATS), others)


def _is_plain(value: TraitValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or -_EXACT <= value <= _EXACT


def _of_others(test: ValueTest, others: Sequence[tuple[TraitValue, int]]) -> Iterator[_Part]:
    begin = 0
    for value, end in others:
        if test.holds({test.name: value}):
            yield begin, end
        begin = end


def _of_numbers(test: ValueTest, numbers: array[float]) -> Iterator[_Part]:
    """Where in sorted numbers those stand that pass; as `c360_kernel.conditions.operators` says."""
    all_of_them = 0, len(numbers)
    match test.operator, test.wanted:
        case "exists", _:
            yield all_of_them
        case "not_equals", wanted:
            begin, end = _equal(numbers, wanted)
            yield 0, begin
            yield end, len(numbers)
        case "equals", wanted:
            yield _equal(numbers, wanted)
        case "in", tuple() as several:
            yield from (_equal(numbers, one) for one in several)
        case operator, wanted if wanted is not None and kind_of(wanted) == "number":
            yield _beside(operator, numbers, cast(float, wanted))
        case _:
            return


def _equal(numbers: array[float], wanted: object) -> _Part:
    if wanted is None or kind_of(wanted) != "number":
        return 0, 0
    number = cast(float, wanted)
    return bisect_left(numbers, number), bisect_right(numbers, number)


def _beside(operator: str, numbers: array[float], wanted: float) -> _Part:
    match operator:
        case "greater_than":
            return bisect_right(numbers, wanted), len(numbers)
        case "at_least":
            return bisect_left(numbers, wanted), len(numbers)
        case "less_than":
            return 0, bisect_left(numbers, wanted)
        case "at_most":
            return 0, bisect_right(numbers, wanted)
        case _:
            return 0, 0
