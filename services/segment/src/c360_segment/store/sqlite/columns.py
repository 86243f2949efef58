"""Events in columns: of each name, what some thousands of them have, in the order of its values.

So a test of everybody is a search in sorted numbers, and no event is read by itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, NamedTuple, TypeAlias, cast

import orjson
from c360_kernel.calendar_spans import Span
from c360_kernel.conditions.operators import kind_of
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_reading import from_rows
from pyroaring import BitMap

_FLOATS, _WHOLE = "d", "I"
_EXACT = 1 << 53
"""Whole numbers up to here are floats without a loss."""
_Part = tuple[int, int]
Written: TypeAlias = tuple[bytes, bytes, bytes, bytes]


class Times(NamedTuple):
    """When events happened, in that order, which is that of their places, and on which records."""

    moments: array[float]
    records: array[int]

    def within(self, span: Span) -> _Part:
        """The places of those in a span: from the first to before the second."""
        begin = 0 if span.since is None else bisect_left(self.moments, span.since)
        end = len(self.moments) if span.until is None else bisect_left(self.moments, span.until)
        return begin, max(begin, end)

    def written(self) -> Written:
        """They as bytes."""
        return self.moments.tobytes(), self.records.tobytes(), b"[]", b""


class Column(NamedTuple):
    """What events have under a name, with their places and their records in the order of that; who
    is in no place has nothing there.

    `numbers` are sorted. Where other values are among them, `others` are all, each once, and where
    the places of each end.
    """

    numbers: array[float]
    records: array[int]
    others: Sequence[tuple[TraitValue, int]]
    places: array[int]

    def meeting(self, test: ValueTest, count: int) -> BitMap:
        """The places, of so many, whose values pass a test."""
        found = BitMap()
        for begin, end in self._parts(test):
            found |= BitMap(self.places[begin:end])
        if test.holds({}):
            found |= BitMap(range(count)) - BitMap(self.places)
        return found

    def records_meeting(self, test: ValueTest) -> array[int]:
        """The records of the events with a value that passes a test."""
        found = array(_WHOLE)
        for begin, end in self._parts(test):
            found += self.records[begin:end]
        return found

    def _parts(self, test: ValueTest) -> Iterator[_Part]:
        return _of_others(test, self.others) if self.others else _of_numbers(test, self.numbers)

    def written(self) -> Written:
        """It as bytes."""
        numbers, records, others, places = self
        return numbers.tobytes(), records.tobytes(), orjson.dumps(others), places.tobytes()


def times_of(moments: Iterable[int], records: Iterable[int]) -> Times:
    """When events happened, in that order."""
    return Times(array(_FLOATS, moments), array(_WHOLE, records))


def column_of(values: Sequence[TraitValue | None], records: Sequence[int]) -> Column:
    """The column of what events have, by their places; None: nothing."""
    held = [(value, place) for place, value in enumerate(values) if value is not None]
    if all(_is_plain(value) for value, _ in held):
        held.sort(key=lambda one: cast(float, one[0]))
        return _placed([cast(float, value) for value, _ in held], [p for _, p in held], records)
    return _grouped(held, records)


@from_rows
def read_times(moments: bytes, records: bytes, *_: bytes) -> Times:
    """What `Times.written` wrote."""
    times = Times(_read(_FLOATS, moments), _read(_WHOLE, records))
    _of_one_length(*times)
    return times


@from_rows
def read_column(numbers: bytes, records: bytes, others: bytes, places: bytes) -> Column:
    """What `Column.written` wrote."""
    column = _column(numbers, records, others, places)
    _of_one_length(column.places, column.records)
    return column


@from_rows
def read_records(numbers: bytes, records: bytes, others: bytes, _: bytes) -> Column:
    """The same without places."""
    return _column(numbers, records, others, b"")


def _column(numbers: bytes, records: bytes, others: bytes, places: bytes) -> Column:
    held = [(tuple(v) if isinstance(v, list) else v, end) for v, end in orjson.loads(others)]
    column = Column(_read(_FLOATS, numbers), _read(_WHOLE, records), held, _read(_WHOLE, places))
    _of_one_length(range(held[-1][1]) if held else column.numbers, column.records)
    return column


def _of_one_length(one: Sized, other: Sized) -> None:
    if len(one) != len(other):
        raise ValueError


def _read(kind: str, data: bytes) -> array[Any]:
    held = array(kind)
    held.frombytes(data)
    return held


def _placed(
    numbers: Sequence[float],
    places: Sequence[int],
    records: Sequence[int],
    others: Sequence[tuple[TraitValue, int]] = (),
) -> Column:
    having = array(_WHOLE, [records[place] for place in places])
    return Column(array(_FLOATS, numbers), having, others, array(_WHOLE, places))


def _grouped(held: Sequence[tuple[TraitValue, int]], records: Sequence[int]) -> Column:
    """By their text: True and 1 are equal, and two things to conditions."""
    named: dict[bytes, tuple[TraitValue, list[int]]] = {}
    for value, place in held:
        named.setdefault(orjson.dumps(value), (value, []))[1].append(place)
    places = list[int]()
    others: list[tuple[TraitValue, int]] = []
    for value, having in named.values():
        places.extend(having)
        others.append((value, len(places)))
    return _placed((), places, records, others)


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
            yield from {_equal(numbers, one) for one in several}
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
