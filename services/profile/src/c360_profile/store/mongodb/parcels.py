"""Parcels of the outbox: what one unit has to tell, some hundred entries to a document.

A server is asked for each document it inserts and removes, and for hardly more if it is large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import orjson
from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import Document

_MOST_ENTRIES = 500
_MOST_BYTES = 4_000_000
_ATTRIBUTES = tuple(one.name for one in fields(NewEntry) if one.name != "data")


class Waiting(NamedTuple):
    """An entry that waits under a number, and the state of the customer that it tells.

    `customer` is empty where it tells of none.
    """

    number: int
    entry: NewEntry
    customer: str = ""
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """Entries of one unit that wait together, named by the number of the first.

    Those of a `step` of counting wait until the unit is known to have taken it; 0 of others.
    """

    unit: int
    waiting: Sequence[Waiting]
    step: int = 0

    @property
    def name(self) -> int:
        """Parcels in the order of their names are in the order of units."""
        return self.waiting[0].number

    @property
    def size(self) -> int:
        """Bytes of the payloads."""
        return sum(len(one.entry.data) for one in self.waiting)


def parcels(unit: int, waiting: Iterable[Waiting], step: int = 0) -> Iterator[Parcel]:
    """Parcels that are no larger than a document may be, in order."""
    held: list[Waiting] = []
    size = 0
    for one in waiting:
        if held and (len(held) == _MOST_ENTRIES or size + len(one.entry.data) > _MOST_BYTES):
            yield Parcel(unit, held, step)
            held, size = [], 0
        held.append(one)
        size += len(one.entry.data)
    if held:
        yield Parcel(unit, held, step)


def parcel_document(parcel: Parcel) -> Document:
    """The document of a parcel; `left` says what of it still waits."""
    rows = [
        [one.number, one.customer, one.counter, *_attributes(one.entry)] for one in parcel.waiting
    ]
    return {
        "_id": parcel.name,
        "unit": parcel.unit,
        "step": parcel.step,
        "left": [one.number for one in parcel.waiting],
        "ids": [one.entry.id for one in parcel.waiting if not one.customer],
        "told": orjson.dumps(rows).decode(),
        "data": b"".join(one.entry.data for one in parcel.waiting),
    }


def read_parcel(document: Document) -> Parcel:
    """The parcel of a document: what of it still waits."""
    left, data = {int(number) for number in document["left"]}, bytes(document["data"])
    waiting: list[Waiting] = []
    at = 0
    for number, customer, counter, length, *values in orjson.loads(document["told"]):
        payload, at = data[at : at + length], at + length
        if number in left:
            attributes: dict[str, Any] = dict(zip(_ATTRIBUTES, values, strict=True))
            waiting.append(Waiting(number, NewEntry(**attributes, data=payload), customer, counter))
    return Parcel(int(document["unit"]), waiting, int(document["step"]))


def _attributes(entry: NewEntry) -> list[object]:
    return [len(entry.data), *(getattr(entry, name) for name in _ATTRIBUTES)]
