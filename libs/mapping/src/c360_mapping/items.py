"""Makes the item of a mutation out of a row: the same item whenever the same file is read.

An event without an id of its own gets one from the values that it sends (or from its whole row, see
`event_ids`) and from how many like it came before, so that twins stay two and a second import is
none. A record without a revision or
an observation time, and an object without the latter, counts as observed when the file was written
(or the mapping, if that is younger), one millisecond later for every further row with its key.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import cast

import orjson

from c360_mapping.conversions import to_text
from c360_mapping.event_ids import ROW, VALUES
from c360_mapping.expression import Dropped, Expression
from c360_mapping.json_numbers import DigitsLost, as_64_bits
from c360_mapping.mapping import CONSENTS, EVENTS, OBJECTS, RECORDS, ImportMapping
from c360_mapping.messages import CHANGED_AT
from c360_mapping.paths import Cells
from c360_mapping.refusals import RowRefused, digits_lost
from c360_mapping.row import BrokenRow, Row
from c360_mapping.times import iso_utc

Item = dict[str, object]
"""One item of `upsertRecords`, `trackEvents`, `recordConsent` or `upsertObjects`, as JSON."""

FIELD_MISSING = "FIELD_MISSING"

_DIGEST_BYTES = 16
_ORDERED = frozenset({"revision", "observedAt"})
_STATES = (RECORDS, OBJECTS)
"""What rows are states of, each in the place of those before: it may also be gone."""
_END_MS = 253_402_300_800_000
"""The year 10,000."""


def row_digest(source: str, content: object) -> bytes:
    """Names a row by its source and content, whatever the order of its columns."""
    # Numbers count as what they are in 64 bits, as they ever did, so that an id stays an id.
    canonical = orjson.dumps(content, default=as_64_bits, option=orjson.OPT_SORT_KEYS)
    return _digest(source, canonical)


def _digest(source: str, canonical: bytes) -> bytes:
    return hashlib.blake2b(source.encode() + b"\0" + canonical, digest_size=_DIGEST_BYTES).digest()


def item_digest(item: Item) -> bytes:
    """Names an item by its source and all that it says, in whatever order."""
    identifiers = cast("list[Mapping[str, str]]", item.get("identifiers", []))
    named = sorted((one["type"], one["value"]) for one in identifiers)
    content = {**item, "identifiers": named}
    return _digest(str(item["source"]), orjson.dumps(content, _plain, orjson.OPT_SORT_KEYS))


class ItemMaker:
    """Makes the items of one file, which must be given every row from the first one on.

    `written_ms` is the observation time (ms UTC) of records that do not say their own.
    `event_ids` says what names an event without an id: its `VALUES`, or its `ROW`.
    `dropped` counts, by field, values left out because they could not be converted.
    """

    def __init__(
        self, mapping: ImportMapping, source: str, written_ms: int, event_ids: str = VALUES
    ) -> None:
        self._event_ids = event_ids
        self.dropped: Dropped = Counter()
        # What a mapping names itself needs no memory of the rows before it.
        self._names_rows = mapping.names_events or event_ids == ROW
        self._mapping = mapping
        self._source = source
        self._written_ms = written_ms
        self._seen: Counter[bytes] = Counter()
        self._keys_seen: Counter[str] = Counter()
        finish: Mapping[str, Callable[[Item, Row, str], None]] = {
            RECORDS.name: lambda item, row, row_id: self._date(item, str(item["key"])),
            OBJECTS.name: lambda item, row, row_id: self._date(item, _named(item)),
            EVENTS.name: self._finish_event,
            CONSENTS.name: lambda item, row, row_id: None,
        }
        self._finish = finish[mapping.kind.name]

    def identify(self, row: Row | BrokenRow) -> str:
        """The id of a row, empty where rows have keys, or events ids of their own."""
        if self._mapping.kind is not EVENTS:
            return ""
        if row.row_id or not self._names_rows:
            return row.row_id
        return self._numbered(row_digest(self._source, _content(row)))

    def _numbered(self, digest: bytes) -> str:
        self._seen[digest] += 1
        return f"{digest.hex()}-{self._seen[digest]}"

    def make(self, row: Row, row_id: str) -> Item | None:
        """The row's item, None if the mapping skips it; raises `RowRefused`."""
        mapping = self._mapping
        is_deleted = mapping.says_deleted(row.cells)
        if row.is_passed or self._is_skipped(row.cells, is_deleted):
            return None
        item: Item = {"source": self._source, **self._values(mapping.fields, row.cells)}
        for name in mapping.kind.required:
            if name not in item:
                raise RowRefused(FIELD_MISSING, name, f"the row has nothing for {name!r}")
        if is_deleted:
            item["deleted"] = True
            self._date_deletion(item, row.cells)
        # Of a deleted record there is nothing more to say, and the instance refuses to hear it.
        if not item.get("deleted"):
            self._fill(item, row.cells)
        self._finish(item, row, row_id)
        return item

    def _date_deletion(self, item: Item, cells: Cells) -> None:
        """Of a row that is gone its message may know the key alone: then it says when.

        As late as the file, which is what else it would be, no state that followed would hold.
        """
        at = cells.get(CHANGED_AT)
        is_wanted = "observedAt" in self._mapping.fields and not item.keys() & _ORDERED
        if is_wanted and isinstance(at, int) and 0 < at < _END_MS:
            item["observedAt"] = iso_utc(datetime.fromtimestamp(at / 1000, UTC))

    def _is_skipped(self, cells: Cells, is_deleted: bool) -> bool:
        if is_deleted:
            # What happened, or was answered, stays so though its row is gone.
            return self._mapping.kind not in _STATES
        return any(not column.values(cells, self.dropped) for column in self._mapping.skip_if_empty)

    def _fill(self, item: Item, cells: Cells) -> None:
        mapping = self._mapping
        if mapping.identifiers:
            item["identifiers"] = self._identifiers(cells)
        if mapping.kind.contents:
            values = self._values(mapping.contents, cells)
            item[mapping.kind.contents] = {**self._removed(values, cells), **values}
        if mapping.patches:
            item["mode"] = "PATCH"

    def _removed(self, values: Item, cells: Cells) -> Item:
        return {
            name: None
            for name, expression in self._mapping.contents.items()
            if name not in values and expression.removes(cells, self.dropped)
        }

    def _values(self, expressions: Mapping[str, Expression], cells: Cells) -> Item:
        found: Item = {}
        for name, expression in expressions.items():
            try:
                value = expression.value(cells, self.dropped)
            except DigitsLost as error:
                raise digits_lost(name) from error
            if value is not None:
                found[name] = value
        return found

    def _identifiers(self, cells: Cells) -> list[dict[str, str | None]]:
        found: list[dict[str, str | None]] = []
        for type_, expression in self._mapping.identifiers.items():
            try:
                values = dict.fromkeys(map(to_text, expression.values(cells, self.dropped)))
            except DigitsLost as error:
                raise digits_lost(f"identifiers.{type_}") from error
            found.extend({"type": type_, "value": value} for value in values)
            if not values and expression.removes(cells, self.dropped):
                found.append({"type": type_, "value": None})
        return found

    def _date(self, item: Item, name: str) -> None:
        """Say when a state was observed whose row does not; `name` is the same for its rows."""
        if item.keys() & _ORDERED:
            return
        later_ms = self._keys_seen[name]
        self._keys_seen[name] += 1
        moment = datetime.fromtimestamp((self._written_ms + later_ms) / 1000, UTC)
        item["observedAt"] = iso_utc(moment)

    def _finish_event(self, item: Item, row: Row, row_id: str) -> None:
        item["name"] = item.pop("event")
        if "messageId" in item:
            return
        by_row = self._event_ids == ROW or row.row_id
        item["messageId"] = row_id if by_row else self._numbered(item_digest(item))


def _named(item: Item) -> str:
    """An object by its type and key; no name of a type has a blank."""
    return f"{item['type']} {item['key']}"


def _content(row: Row | BrokenRow) -> object:
    return row.cells if isinstance(row, Row) else row.raw


def _plain(value: object) -> object:
    number = as_64_bits(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number
