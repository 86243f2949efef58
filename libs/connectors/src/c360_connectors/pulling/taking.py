"""Rows into the log: each is mapped, what cannot be is put aside, the rest is sent.

What is refused for all rows alike, or for many of one page, is no fault of the rows: a field was
renamed, a right is missing. Then nothing goes on, and nothing of the page is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from c360_mapping.envelopes import envelopes_of
from c360_mapping.items import Item, ItemMaker
from c360_mapping.mapping import EVENTS, OBJECTS, RECORDS, ImportMapping
from c360_mapping.messages import CHANGED_AT
from c360_mapping.paths import Cells
from c360_mapping.refusals import RowRefused
from c360_mapping.row import BrokenRow, Row
from c360_mapping.unmapped import IDENTIFIER_UNMAPPED, UnmappedIdentifiers

from c360_connectors.pulling.ports import DeadLetter, Outcome, Take
from c360_connectors.refusals import ConnectorStopped

AT_ONCE = 500
_ENOUGH_ROWS = 5
MOST_REFUSED = 0.2
_ABOUT_ALL_ROWS = frozenset(
    {"UNKNOWN_SOURCE", "SOURCE_FORBIDDEN", "UNKNOWN_TRAIT", "UNKNOWN_IDENTIFIER", "WRITE_DENIED"}
)
_NAMED_BY: Mapping[str, Sequence[str]] = {
    RECORDS.name: ("revision", "observedAt"),
    EVENTS.name: ("messageId",),
    OBJECTS.name: ("observedAt",),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of rows: items by their status, and those that cannot be items.

    `identifiers` counts those that identify nobody, as `phone malformed`.
    """

    counts: Mapping[str, int]
    aside: Sequence[DeadLetter]
    identifiers: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Made:
    """The items of rows, those that cannot be items, and by their places the rows that are one.

    `count` is of all rows, as they came out of what they were wrapped in.
    """

    items: Sequence[Item]
    aside: Sequence[DeadLetter]
    rows: Mapping[int, Cells]
    count: int


class Taking:
    """Takes rows of one source: `mappings` make items of each.

    More than a `share` of them that cannot be items stop it. `identifiers` are the types of the
    catalog.
    """

    def __init__(
        self,
        source: str,
        mappings: Sequence[ImportMapping],
        take: Take,
        share: float = MOST_REFUSED,
        identifiers: Collection[str] = (),
    ) -> None:
        self._unmapped = UnmappedIdentifiers(identifiers, mappings)
        self._share = share
        self._source = source
        self._mappings = mappings
        self._take = take

    async def rows(self, rows: Sequence[object]) -> Taken:
        """What became of rows; all that can be taken is durable.

        Raises `ConnectorStopped` (CONNECTOR_ROWS_REFUSED), and what `Take` does.
        """
        made = [made_of(one, self._source, rows) for one in self._mappings]
        for one in made:
            # Of each mapping by itself; and a batch of events is one row to whoever brought it.
            if len(one.aside) >= _ENOUGH_ROWS and len(one.aside) > self._share * one.count:
                raise _refused(one.aside[0].code, one.aside[0].path)
        letters = [letter for one in made for letter in one.aside]
        outcomes: list[Outcome] = []
        for mapping, one in zip(self._mappings, made, strict=True):
            for begin in range(0, len(one.items), AT_ONCE):
                part = one.items[begin : begin + AT_ONCE]
                outcomes += _told(await self._take.take(mapping.kind, part))
        counts = Counter(one.status.lower() for one in outcomes)
        there = {place: cells for one in made for place, cells in one.rows.items()}
        warned = Counter(warning for one in outcomes for warning in one.warnings)
        warned.update(self._unmapped_in(there.values()))
        return Taken(dict(counts), letters, {_named(*one): count for one, count in warned.items()})

    def _unmapped_in(self, rows: Iterable[Cells]) -> Iterator[tuple[str, str]]:
        for cells in rows:
            yield from ((IDENTIFIER_UNMAPPED, one) for one in self._unmapped.types_in(cells))


def _named(code: str, type_: str) -> str:
    return f"{type_} {code.removeprefix('IDENTIFIER_').lower()}"


def made_of(mapping: ImportMapping, source: str, rows: Sequence[object]) -> Made:
    """The items that a mapping makes of rows, and those of which it can make none."""
    maker = ItemMaker(mapping, source, 0)
    items: list[Item] = []
    letters: list[DeadLetter] = []
    there: dict[int, Cells] = {}
    count = 0
    for place, row in enumerate(unwrapped(mapping, rows)):
        count = place + 1
        if isinstance(row, BrokenRow):
            letters.append(_letter(row.refusal, row.raw))
            continue
        try:
            item = _item(maker, mapping, row)
        except RowRefused as error:
            letters.append(_letter(error, row.cells))
        else:
            if item is not None:
                items.append(item)
                there[place] = row.cells
    return Made(items, letters, there, count)


def _letter(refusal: RowRefused, raw: object) -> DeadLetter:
    return DeadLetter(refusal.code, refusal.path, refusal.message, raw)


def unwrapped(mapping: ImportMapping, rows: Sequence[object]) -> Iterable[Row | BrokenRow]:
    """The rows themselves, out of the messages that a mapping's format says they are wrapped in."""
    lines = (_row(line, row) for line, row in enumerate(rows, start=1))
    envelopes = envelopes_of(mapping)
    return lines if envelopes is None else envelopes.rows(lines)


def _item(maker: ItemMaker, mapping: ImportMapping, row: Row) -> Item | None:
    """Its item. One that would be named by its place in a page is refused: it is another later."""
    item = maker.make(row, "")
    names = _NAMED_BY.get(mapping.kind.name, ())
    fields = [mapping.fields[name] for name in names if name in mapping.fields]
    if item is None or not fields or any(one.values(row.cells, maker.dropped) for one in fields):
        return item
    if mapping.says_deleted(row.cells) and isinstance(row.cells.get(CHANGED_AT), int):
        # Of a row that is gone the message says when.
        return item
    raise RowRefused("FIELD_MISSING", names[0], f"the row has nothing for {names[0]!r}")


def _row(line: int, row: object) -> Row | BrokenRow:
    if isinstance(row, BrokenRow):
        return row
    if isinstance(row, dict):
        return Row(line, cast("dict[str, object]", row))
    return BrokenRow(line, row, RowRefused("ROW_NOT_OBJECT", "", "the row is not an object"))


def _told(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    for one in outcomes:
        if one.code in _ABOUT_ALL_ROWS:
            raise _refused(one.code, "")
    return outcomes


def _refused(code: str, path: str) -> ConnectorStopped:
    where = f" at {path}" if path else ""
    message = f"too many rows of a page are refused{where} ({code}): is the mapping right?"
    return ConnectorStopped(message, code="CONNECTOR_ROWS_REFUSED")
