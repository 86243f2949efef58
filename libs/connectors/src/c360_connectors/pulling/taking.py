"""Rows into the log: each is mapped, what cannot be is put aside, the rest is sent.

What is refused for all rows alike, or for many of one page, is no fault of the rows: a field was
renamed, a right is missing. Then nothing goes on, and nothing of the page is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from c360_mapping.items import Item, ItemMaker
from c360_mapping.mapping import EVENTS, OBJECTS, RECORDS, ImportMapping
from c360_mapping.refusals import RowRefused
from c360_mapping.row import Row

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
    """What became of rows: items by their status, and those that cannot be items."""

    counts: Mapping[str, int]
    aside: Sequence[DeadLetter]


class Taking:
    """Takes rows of one source: `mappings` make items of each.

    More than a `share` of them that cannot be items stop it.
    """

    def __init__(
        self,
        source: str,
        mappings: Sequence[ImportMapping],
        take: Take,
        share: float = MOST_REFUSED,
    ) -> None:
        self._share = share
        self._source = source
        self._mappings = mappings
        self._take = take

    async def rows(self, rows: Sequence[object]) -> Taken:
        """What became of rows; all that can be taken is durable.

        Raises `ConnectorStopped` (CONNECTOR_ROWS_REFUSED), and what `Take` does.
        """
        made = [(one, *made_of(one, self._source, rows)) for one in self._mappings]
        letters = [letter for _, _, own in made for letter in own]
        if len(letters) >= _ENOUGH_ROWS and len(letters) > self._share * len(rows):
            raise _refused(letters[0].code, letters[0].path)
        counts: Counter[str] = Counter()
        for mapping, items, _ in made:
            for begin in range(0, len(items), AT_ONCE):
                part = items[begin : begin + AT_ONCE]
                counts.update(_told(await self._take.take(mapping.kind, part)))
        return Taken({name.lower(): count for name, count in counts.items()}, letters)


def made_of(
    mapping: ImportMapping, source: str, rows: Sequence[object]
) -> tuple[list[Item], list[DeadLetter]]:
    """The items that a mapping makes of rows, and those of which it can make none."""
    maker = ItemMaker(mapping, source, 0)
    items: list[Item] = []
    letters: list[DeadLetter] = []
    for line, row in enumerate(rows, start=1):
        try:
            item = _item(maker, mapping, _row(line, row))
        except RowRefused as error:
            letters.append(DeadLetter(error.code, error.path, error.message, row))
        else:
            items += [] if item is None else [item]
    return items, letters


def _item(maker: ItemMaker, mapping: ImportMapping, row: Row) -> Item | None:
    """Its item. One that would be named by its place in a page is refused: it is another later."""
    item = maker.make(row, "")
    names = _NAMED_BY.get(mapping.kind.name, ())
    fields = [mapping.fields[name] for name in names if name in mapping.fields]
    if item is None or not fields or any(one.values(row.cells, maker.dropped) for one in fields):
        return item
    raise RowRefused("FIELD_MISSING", names[0], f"the row has nothing for {names[0]!r}")


def _row(line: int, row: object) -> Row:
    if not isinstance(row, dict):
        raise RowRefused("ROW_NOT_OBJECT", "", "the row is not an object")
    return Row(line, cast("dict[str, object]", row))


def _told(outcomes: Sequence[Outcome]) -> Sequence[str]:
    for one in outcomes:
        if one.code in _ABOUT_ALL_ROWS:
            raise _refused(one.code, "")
    return [one.status for one in outcomes]


def _refused(code: str, path: str) -> ConnectorStopped:
    where = f" at {path}" if path else ""
    message = f"too many rows of a page are refused{where} ({code}): is the mapping right?"
    return ConnectorStopped(message, code="CONNECTOR_ROWS_REFUSED")
