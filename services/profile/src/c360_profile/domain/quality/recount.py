"""Keeps counts up: takes out what records and customers counted as, and puts in what they do now.

One step over the texts of `counted` and `cells`. It asks for nothing but what it changes, and gives
the same cells in whatever order and cuts the same records are counted, so long as no trait of a
source has more different values than are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product, repeat
from operator import add as add_numbers
from typing import NamedTuple, TypeAlias

from c360_profile.domain.quality.cells import (
    PARTS,
    SOURCES,
    Cell,
    Cells,
    TraitCell,
    add,
    block_of,
    days_cell,
    source_cell,
    values_cell,
)
from c360_profile.domain.quality.counted import (
    NOT_COUNTED,
    Compared,
    KeptCount,
    RecordCount,
    compared_text,
    is_sampled,
    kept_of,
    read_compared,
    read_record,
    record_text,
)

MOST_SAMPLED = 2_048
"""Of so many different values each is known; of more, every other one is looked at, and so on."""
_RECORDS = ""
_NO_LEVELS: Mapping[str, int] = {}

_Kind: TypeAlias = tuple[str, str]
"""A source and a trait."""
_Numbers: TypeAlias = Mapping[_Kind, Mapping[int, int]]
"""Of each kind by hash how many more records have a value."""


class Counting(NamedTuple):
    """What records, by their keys as text, and customers, by id, count as from now on."""

    records: Mapping[str, RecordCount | None]
    customers: Mapping[str, Compared]

    @property
    def names(self) -> set[str]:
        """Under which names it is kept. A customer's has no slash, a record's has one."""
        return self.records.keys() | self.customers.keys()

    def sources(self, before: Mapping[str, str]) -> set[str]:
        """Of which sources something may be counted otherwise than `before`."""
        found = {name.partition("/")[0] for name in self.records}
        for name, told in self.customers.items():
            held = read_compared(before.get(name, NOT_COUNTED))
            found.update(*(one.sources for one in (*told, *held)))
        return found

    def only(self, names: Collection[str]) -> Counting:
        """The same of these records and customers alone."""
        records = {name: one for name, one in self.records.items() if name in names}
        return Counting(records, {n: one for n, one in self.customers.items() if n in names})


class _Deltas:
    """What is added to the cells. Most records of a source say the same traits."""

    def __init__(self) -> None:
        self._said: Counter[tuple[str, int, str, str]] = Counter()
        self._contrasts: Counter[tuple[tuple[tuple[str, int], ...], str, str]] = Counter()
        self.values: defaultdict[_Kind, dict[int, int]] = defaultdict(dict)

    def record(self, source: str, before: KeptCount | None, now: KeptCount | None) -> None:
        """A record that counted as the one counts as the other; None as nothing."""
        if before is None or now is None or before.valid != now.valid:
            self._say(source, before, -1)
            self._say(source, now, 1)
            return
        if before[:2] != now[:2]:
            self._said[source, before.day, before.invalid, before.valid] -= 1
            self._said[source, now.day, now.invalid, now.valid] += 1
        # Most that say another thing say it of one trait.
        held, told = before.sampled or repeat(0), now.sampled or repeat(0)
        for name, old, new in zip(now.valid.split(), held, told, strict=False):
            if old != new:
                self._count(source, name, old, -1)
                self._count(source, name, new, 1)

    def _say(self, source: str, kept: KeptCount | None, sign: int) -> None:
        if kept is not None:
            self._said[source, kept.day, kept.invalid, kept.valid] += sign
            for name, hashed in zip(kept.valid.split(), kept.sampled, strict=False):
                self._count(source, name, hashed, sign)

    def _count(self, source: str, name: str, hashed: int, sign: int) -> None:
        if hashed:
            numbers = self.values[source, name]
            numbers[hashed] = numbers.get(hashed, 0) + sign

    def customer(self, one: Compared, sign: int) -> None:
        for sources, alike, differing in one:
            self._contrasts[tuple(sources.items()), alike, differing] += sign

    @property
    def days(self) -> Mapping[tuple[str, int], Counter[str]]:
        """By source and day the records, and how many of them say each trait."""
        found: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for (source, day, invalid, valid), number in self._said.items():
            counts = found[source, day]
            for name in (_RECORDS, *invalid.split(), *valid.split()):
                counts[name] += number
        return found

    @property
    def traits(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """By source and trait what is added to the first numbers of its `TraitCell`."""
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        shapes: Counter[tuple[str, str, str]] = Counter()
        for (source, _, invalid, valid), number in self._said.items():
            shapes[source, invalid, valid] += number
        for (source, invalid, valid), number in shapes.items():
            for place, names in ((0, invalid), (0, valid), (1, valid)):
                for name in names.split():
                    found[source, name][place] += number
        for (sources, alike, differing), number in self._contrasts.items():
            for place, names in ((2, alike), (2, differing), (3, differing)):
                for name, (source, values) in product(names.split(), sources):
                    found[source, name][place] += number * values
        return found


async def recounted(
    counting: Counting, before: Mapping[str, str], cells: Cells, most: int = MOST_SAMPLED
) -> Mapping[str, str]:
    """Change the cells; gives the texts that are to be kept in the place of those of `before`."""
    await cells.load([SOURCES, *map(source_cell, counting.sources(before))])
    deltas = _Deltas()
    after = dict(_records(counting, before, cells, deltas))
    for name, told in counting.customers.items():
        text, held = compared_text(told), before.get(name, NOT_COUNTED)
        if text != held:
            deltas.customer(read_compared(held), -1)
            deltas.customer(told, 1)
            after[name] = text
    await _apply(deltas, cells, most)
    return after


def _records(
    counting: Counting, before: Mapping[str, str], cells: Cells, deltas: _Deltas
) -> Mapping[str, str]:
    after: dict[str, str] = {}
    levels: dict[str, Mapping[str, int]] = {}
    for name, count in counting.records.items():
        source, held = name.partition("/")[0], before.get(name, NOT_COUNTED)
        if source not in levels:
            levels[source] = _levels(cells[source_cell(source)])
        kept = None if count is None else kept_of(count, levels[source])
        text = NOT_COUNTED if kept is None else record_text(kept)
        if text == held:
            continue
        deltas.record(source, read_record(held) if held else None, kept)
        after[name] = text
    return after


def _levels(cell: Cell) -> Mapping[str, int]:
    traits = cell.get("traits", _NO_LEVELS)
    return {name: TraitCell(*held).level for name, held in traits.items()}


async def _apply(deltas: _Deltas, cells: Cells, most: int) -> None:
    days = deltas.days
    await cells.load(days_cell(source, block_of(day)) for source, day in days)
    # By the levels of before: a trait that nothing is left of is looked at anew.
    sampled = _sampled(deltas, cells)
    for (source, day), counts in days.items():
        _add_day(cells, source, day, counts)
    for (source, name), numbers in deltas.traits.items():
        held = _trait(cells, source, name)
        now = map(add_numbers, held, (*numbers, 0, 0))
        _put_trait(cells, source, name, TraitCell(*now))
    await _add_values(sampled, cells, most)
    for source, day in days:
        if add(cells[source_cell(source)], "records", days[source, day][_RECORDS]):
            cells[SOURCES][source] = 1
        else:
            cells[SOURCES].pop(source, None)


def _add_day(cells: Cells, source: str, day: int, counts: Counter[str]) -> None:
    block = str(block_of(day))
    held: Cell = _within(cells[days_cell(source, block_of(day))], str(day))
    for name, number in counts.items():
        add(held, name, number)
    add(_within(cells[source_cell(source)], "blocks"), block, counts[_RECORDS])
    _drop_empty(cells[days_cell(source, block_of(day))], str(day))
    _drop_empty(cells[source_cell(source)], "blocks")


def _within(cell: Cell, name: str) -> Cell:
    return cell.setdefault(name, {})


def _drop_empty(cell: Cell, name: str) -> None:
    if not cell[name]:
        del cell[name]


def _trait(cells: Cells, source: str, name: str) -> TraitCell:
    return TraitCell(*cells[source_cell(source)].get("traits", {}).get(name, ()))


def _put_trait(cells: Cells, source: str, name: str, now: TraitCell) -> None:
    cell = cells[source_cell(source)]
    traits = _within(cell, "traits")
    if now.filled or now.kept or now.compared:
        traits[name] = list(now)
    else:
        traits.pop(name, None)
    _drop_empty(cell, "traits")


def _sampled(deltas: _Deltas, cells: Cells) -> _Numbers:
    """The values that are looked at; a text of before may have others still."""
    found: dict[_Kind, Mapping[int, int]] = {}
    for kind, numbers in deltas.values.items():
        level = _trait(cells, *kind).level
        sampled = {
            hashed: number
            for hashed, number in numbers.items()
            if number and is_sampled(hashed, level)
        }
        if sampled:
            found[kind] = sampled
    return found


async def _add_values(sampled: _Numbers, cells: Cells, most: int) -> None:
    await cells.load(
        values_cell(*kind, part) for kind, numbers in sampled.items() for part in _parts(numbers)
    )
    for (source, name), numbers in sampled.items():
        held = _trait(cells, source, name)
        parts = {part: cells[values_cell(source, name, part)] for part in _parts(numbers)}
        now = held._replace(kept=held.kept + _added(parts, numbers))
        _put_trait(cells, source, name, await _thinned(cells, source, name, now, most))


def _parts(hashes: Iterable[int]) -> set[int]:
    """In which cells of their trait these values are."""
    return {hashed % PARTS for hashed in hashes}


def _added(parts: Mapping[int, Cell], numbers: Mapping[int, int]) -> int:
    """Add the numbers of values; gives how many more values there are."""
    more = 0
    for hashed, number in numbers.items():
        cell, key = parts[hashed % PARTS], str(hashed)
        was = key in cell
        more += bool(add(cell, key, number)) - was
    return more


async def _thinned(cells: Cells, source: str, name: str, held: TraitCell, most: int) -> TraitCell:
    """With values of a higher level alone, once there are too many of them."""
    if held.kept <= most:
        return held
    parts = [values_cell(source, name, part) for part in range(PARTS)]
    await cells.load(parts)
    level, kept = held.level, held.kept
    while kept > most:
        level += 1
        kept = sum(_keep_sampled(cells[part], level) for part in parts)
    return held._replace(level=level, kept=kept)


def _keep_sampled(cell: Cell, level: int) -> int:
    for hashed in [one for one in cell if not is_sampled(int(one), level)]:
        del cell[hashed]
    return len(cell)
