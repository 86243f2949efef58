"""Puts the customers of a file on a list, or takes them off: one answer for each row.

A row names its customer by a record (`source`, `key`), by `customer`, an id, or by an identifier
under the name of its type (`email`). What is no record is looked up first, as the role may.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from c360_kernel.corrections import STEWARD
from c360_kernel.errors import Invalid

_LIST = """mutation($items: [ListingInput!]!) { listCustomers(items: $items, wait: PROFILE) {
  results { status code path message } } }"""
_BY_RECORD = frozenset(("source", "key"))
_SAID = frozenset(("reason", "expiresAt"))
_AT_ONCE, _LOOKED_UP_AT_ONCE = 500, 10
_RECORDS = "records(first: 5) { source key }"
Row = Mapping[str, str]
T = TypeVar("T")


class Listed(NamedTuple):
    """What became of a row of the file, counted from 1; the code is of one that was refused."""

    row: int
    status: str
    code: str | None = None
    path: str | None = None
    message: str | None = None


class Asked(Protocol):
    """Asks the instance, as whoever lists."""

    def __call__(self, query: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """The data of the answer. Raises `Invalid` and `Transient`."""
        ...


class Listing(NamedTuple):
    """What is said of each customer of the file."""

    segment: str
    listed: bool
    reason: str


def listed_rows(path: Path, listing: Listing, ask: Asked) -> Iterator[Listed]:
    """Say it of the customer of each row, in order. Raises `Invalid` for a file that is none."""
    for batch in _some(enumerate(_rows(path), 1), _AT_ONCE):
        records = list(_records([row for _, row in batch], ask))
        items = [
            (number, _item(row, record, listing))
            for (number, row), record in zip(batch, records, strict=True)
            if record is not None
        ]
        answers = dict(zip((n for n, _ in items), _said([i for _, i in items], ask), strict=True))
        for number, _ in batch:
            answer = answers.get(number)
            yield _nobody(number) if answer is None else answer._replace(row=number)


def _rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _refuse_unnamed(reader.fieldnames or ())
            for row in reader:
                yield {name: (value or "").strip() for name, value in row.items() if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path} cannot be read as CSV in UTF-8", code="FILE_UNUSABLE") from error


def _refuse_unnamed(columns: Sequence[str]) -> None:
    naming = frozenset(columns) - _SAID
    if naming != _BY_RECORD and len(naming) != 1:
        message = (
            "the first line names the columns: source,key or customer or a type of identifier,"
            " and reason or expiresAt beside"
        )
        raise Invalid(message, code="FILE_UNUSABLE")


def _records(rows: Sequence[Row], ask: Asked) -> Iterator[Mapping[str, str] | None]:
    """A record of the customer of each row; None of nobody's."""
    for some in _some(rows, _LOOKED_UP_AT_ONCE):
        if some[0].keys() >= _BY_RECORD:
            yield from ({name: row[name] for name in _BY_RECORD} for row in some)
        else:
            yield from _looked_up(some, ask)


def _looked_up(rows: Sequence[Row], ask: Asked) -> Iterator[Mapping[str, str] | None]:
    (column,) = rows[0].keys() - _SAID
    is_id = column == "customer"
    by = "customer(id: " if is_id else f"customerByIdentifier(type: {_enum(column)}, value: "
    fields = " ".join(f"c{n}: {by}$v{n}) {{ {_RECORDS} }}" for n in range(len(rows)))
    kind = "ID!" if is_id else "String!"
    declared = ", ".join(f"$v{n}: {kind}" for n in range(len(rows)))
    asked = {f"v{n}": row[column] for n, row in enumerate(rows)}
    found = ask(f"query({declared}) {{ {fields} }}", asked)
    yield from (_first_record(found.get(f"c{n}")) for n in range(len(rows)))


def _enum(column: str) -> str:
    if not column.isidentifier():
        raise Invalid("a column has the name of a type of identifier", code="FILE_UNUSABLE")
    return column.upper()


def _first_record(customer: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    """The oldest that a source tells; what stewards say beside one goes with it."""
    records = (customer or {}).get("records") or ()
    return next((one for one in records if one["source"] != STEWARD), None)


def _item(row: Row, record: Mapping[str, str], listing: Listing) -> Mapping[str, object]:
    said = {name: row[name] for name in _SAID if row.get(name)}
    reason = {"reason": listing.reason} if listing.reason else {}
    named = {"segment": listing.segment, "listed": listing.listed, **record}
    return {**named, **reason, **said}


def _said(items: Sequence[Mapping[str, object]], ask: Asked) -> Iterator[Listed]:
    if not items:
        return
    answer = ask(_LIST, {"items": items})["listCustomers"]
    for one in answer["results"]:
        yield Listed(0, one["status"], one["code"], one["path"], one["message"])


def _nobody(row: int) -> Listed:
    return Listed(row, "REFUSED", "CUSTOMER_UNKNOWN", None, "no customer is there for the role")


def listing_in_words(results: Sequence[Listed]) -> str:
    """How many rows were taken, and why each other was not."""
    refused = [one for one in results if one.code]
    lines = [f"{len(results) - len(refused)} of {len(results)} rows taken"]
    for row, _, code, path, message in refused:
        at = f" {path}" if path else ""
        lines.append(f"  row {row}:{at} {code}: {message}")
    return "\n".join(lines)


def _some(rows: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time."""
    left = iter(rows)
    while some := tuple(islice(left, size)):
        yield some
