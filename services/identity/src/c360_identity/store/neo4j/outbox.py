"""Entries waiting for the relay, in parcels: one node for all that a unit emits, if not too large.

Parcels are numbered in the order of commits. A sequence number says which parcel and which entry
of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from c360_kernel.log.entry import NewEntry
from c360_kernel.projection.port import Outgoing

from c360_identity.store.neo4j.connection import Rows

_LARGEST = 500
_LARGEST_BYTES = 1_000_000
_IN_PARCEL = 1 << 16
PARCELS = 4
"""How many are read together."""
OUTGOING = (
    "MATCH (o:Outbox) WHERE o.sequence > $given.after WITH o ORDER BY o.sequence"
    " LIMIT $given.parcels RETURN collect([o.sequence, o.told, o.envelopes, o.data])"
)
RELAYED = (
    "UNWIND $given.relayed AS row MATCH (o:Outbox {sequence: row[0]})"
    " USING INDEX SEEK o:Outbox(sequence)"
    " SET o.told = row[1] WITH o WHERE o.told = o.size DELETE o"
)
_ENVELOPE = tuple(f.name for f in fields(NewEntry) if f.name != "data")


def parcels(entries: Iterable[NewEntry]) -> Iterator[tuple[int, str, bytes]]:
    """How many entries, their envelopes as JSON with the size of each's data, and all data."""
    for parcel in _parted(entries):
        envelopes = [[*(getattr(e, name) for name in _ENVELOPE), len(e.data)] for e in parcel]
        text = json.dumps(envelopes, ensure_ascii=False, separators=(",", ":"))
        yield len(parcel), text, b"".join(e.data for e in parcel)


def outgoing_of(row: Sequence[Any]) -> list[Outgoing]:
    """What was not relayed of a parcel, from its row."""
    number, relayed, envelopes, data = row
    found: list[Outgoing] = []
    start = 0
    for index, (*attributes, size) in enumerate(json.loads(envelopes)):
        entry = NewEntry(
            **dict(zip(_ENVELOPE, attributes, strict=True)), data=bytes(data[start : start + size])
        )
        found.append(Outgoing(number * _IN_PARCEL + index, entry))
        start += size
    return found[relayed:]


def relayed_rows(sequences: Iterable[int]) -> Rows:
    """Of each parcel, how many of its entries were relayed."""
    relayed: dict[int, int] = {}
    for sequence in sequences:
        parcel, index = divmod(sequence, _IN_PARCEL)
        relayed[parcel] = max(relayed.get(parcel, 0), index + 1)
    return [[parcel, count] for parcel, count in sorted(relayed.items())]


def _parted(entries: Iterable[NewEntry]) -> Iterator[list[NewEntry]]:
    parcel: list[NewEntry] = []
    size = 0
    for entry in entries:
        if parcel and (len(parcel) == _LARGEST or size + len(entry.data) > _LARGEST_BYTES):
            yield parcel
            parcel, size = [], 0
        parcel.append(entry)
        size += len(entry.data)
    if parcel:
        yield parcel
