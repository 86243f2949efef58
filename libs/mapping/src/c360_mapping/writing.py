"""Items back to rows: the row that a mapping would read an item from.

For destinations, which write what an import reads. A mapping that says less than it reads (a split,
a map, a join) has no way back, and is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from c360_mapping import json_numbers
from c360_mapping.expression import Back, Expression
from c360_mapping.formats import Csv
from c360_mapping.items import Item
from c360_mapping.mapping import EVENTS, ImportMapping
from c360_mapping.refusals import MappingInvalid, RowRefused


class RowWriter:
    """Writes items as the rows of a mapping. Raises `MappingInvalid` for one without a way back."""

    def __init__(self, mapping: ImportMapping) -> None:
        self._mapping = mapping
        self._fields = {name: _back(one, name) for name, one in mapping.fields.items()}
        self._identifiers = {name: _back(one, name) for name, one in mapping.identifiers.items()}
        self._contents = {name: _back(one, name) for name, one in mapping.contents.items()}

    @property
    def header(self) -> Sequence[str]:
        """The columns, in the order of the mapping, or as it lists them."""
        form = self._mapping.format
        if isinstance(form, Csv) and form.header is not None:
            return form.header
        return list(dict.fromkeys(one.name for one in self._mapping.references()))

    def cells(self, item: Item) -> Mapping[str, object]:
        """The cells of its row; raises `RowRefused` for an item that no such row says."""
        found: dict[str, object] = {}
        for name, back in self._fields.items():
            _merge(found, back(item.get("name" if self._is_event(name) else name)))
        for name, back in self._identifiers.items():
            _merge(found, back(_sole(item, name)))
        contents = cast("Mapping[str, object]", item.get(self._mapping.kind.contents or "") or {})
        for name, back in self._contents.items():
            _merge(found, back(contents.get(name)))
        return found

    def lines(self, items: Iterable[Item]) -> Iterator[str]:
        """A whole file, line by line, its header first where it has one."""
        form = self._mapping.format
        if not isinstance(form, Csv):
            yield from (
                json_numbers.dumps(_without_nulls(self.cells(one))).decode() + "\n" for one in items
            )
            return
        if form.header is None:
            yield _delimited(self.header, form)
        for item in items:
            cells = self.cells(item)
            yield _delimited([str(cells.get(name, "")) for name in self.header], form)

    def _is_event(self, name: str) -> bool:
        return name == "event" and self._mapping.kind is EVENTS


def _back(expression: Expression, field: str) -> Back:
    if expression.back is None:
        line = min((one.line for one in expression.references), default=1)
        raise MappingInvalid(line, f"{field} cannot be written back from its value")
    return expression.back


def _sole(item: Item, type_: str) -> object:
    listed = cast("list[Mapping[str, object]]", item.get("identifiers") or [])
    values = [one["value"] for one in listed if one["type"] == type_]
    if len(values) > 1:
        raise RowRefused("VALUE_INVALID", f"identifiers.{type_}", f"{type_} has several values")
    return values[0] if values else None


def _merge(into: dict[str, object], cells: Mapping[str, object]) -> None:
    for name, value in cells.items():
        held = into.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _merge(cast("dict[str, object]", held), cast("dict[str, object]", value))
        elif held in (None, "") or held == value:
            into[name] = value
        elif value not in (None, ""):
            raise RowRefused("VALUE_INVALID", name, "two fields say different values of one column")


def _without_nulls(cells: Mapping[str, object]) -> dict[str, object]:
    """Without what is not there: JSON's null says something."""
    kept = {
        name: _without_nulls(cast("Mapping[str, object]", value))
        if isinstance(value, dict)
        else value
        for name, value in cells.items()
    }
    return {name: value for name, value in kept.items() if value is not None}


def _delimited(fields: Sequence[str], form: Csv) -> str:
    if form.delimiter is None or form.quote is None:
        raise MappingInvalid(1, "only files with a delimiter and quotes are written")
    text = io.StringIO()
    written = csv.writer(text, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n")
    written.writerow(fields)
    return text.getvalue()
