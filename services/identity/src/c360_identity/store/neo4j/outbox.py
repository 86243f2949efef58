"""Entries waiting for the relay, in parcels: one node for all that a unit emits, if not too large.

Parcels are numbered in the order of commits. A sequence number says which parcel and which entry
of it. Nearly all are relayed by the store that wrote them, right after: which wait is asked of the
server, and what they say only where this store does not remember it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from struct import Struct
from typing import Any

import orjson
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
    " LIMIT $given.parcels RETURN collect([o.sequence, o.told,"
    " CASE WHEN o.sequence IN $given.known THEN null ELSE o.entries END])"
)
RELAYED = (
    "UNWIND $given.relayed AS row MATCH (o:Outbox {sequence: row[0]})"
    " USING INDEX SEEK o:Outbox(sequence)"
    " SET o.told = row[1] WITH o WHERE o.told = o.size DELETE o"
)
_ENVELOPE = tuple(f.name for f in fields(NewEntry) if f.name != "data")
_envelope = attrgetter(*_ENVELOPE)
_LENGTH = Struct(">I")
_QUICKLY = 1
_REMEMBERED = 8

Parcel = Sequence[NewEntry]


class LatestParcels:
    """The last parcels that one store wrote into one generation, until they are relayed."""

    def __init__(self) -> None:
        self._generation = 0
        self._held: dict[int, Parcel] = {}

    def keep(self, generation: int, parcels: Mapping[int, Parcel]) -> None:
        """These are committed, by their numbers."""
        self._held = {**self.known(generation), **parcels}
        self._generation = generation
        for number in list(self._held)[:-_REMEMBERED]:
            del self._held[number]

    def known(self, generation: int) -> Mapping[int, Parcel]:
        """Those of a generation; its numbers say nothing of another's."""
        return dict(self._held) if generation == self._generation else {}

    def forget(self, sequences: Iterable[int]) -> None:
        """These entries are relayed: what is left of their parcels, if anything, is read again."""
        for sequence in sequences:
            self._held.pop(sequence // _IN_PARCEL, None)


def parcel_row(parcel: Parcel) -> tuple[int, bytes]:
    """How many entries, and all that they say."""
    return len(parcel), packed(parcel)


def packed(parcel: Parcel) -> bytes:
    """The length of their envelopes, these as JSON with the size of each's data, and all data.

    Compressed, since the server writes what it stores in small pieces, and logs each of them both
    when it is made and when it goes.
    """
    envelopes = orjson.dumps([[*_envelope(entry), len(entry.data)] for entry in parcel])
    data = (entry.data for entry in parcel)
    return zlib.compress(b"".join((_LENGTH.pack(len(envelopes)), envelopes, *data)), _QUICKLY)


def outgoing_of(row: Sequence[Any], known: Mapping[int, Parcel]) -> list[Outgoing]:
    """What was not relayed of a parcel, from its row; what `known` ones say is not in it."""
    number, relayed, entries = row
    parcel = known[number] if entries is None else list(_unpacked(entries))
    waiting = enumerate(parcel[relayed:], number * _IN_PARCEL + relayed)
    return [Outgoing(sequence, entry) for sequence, entry in waiting]


def _unpacked(entries: bytes) -> Iterator[NewEntry]:
    text = memoryview(zlib.decompress(entries))
    (length,) = _LENGTH.unpack_from(text)
    start = _LENGTH.size + length
    for *attributes, size in orjson.loads(text[_LENGTH.size : start]):
        named = dict(zip(_ENVELOPE, attributes, strict=True))
        yield NewEntry(**named, data=bytes(text[start : start + size]))
        start += size


def relayed_rows(sequences: Iterable[int]) -> Rows:
    """Of each parcel, how many of its entries were relayed."""
    relayed: dict[int, int] = {}
    for sequence in sequences:
        parcel, index = divmod(sequence, _IN_PARCEL)
        relayed[parcel] = max(relayed.get(parcel, 0), index + 1)
    return [[parcel, count] for parcel, count in sorted(relayed.items())]


def parted(entries: Iterable[NewEntry]) -> Iterator[Parcel]:
    """Entries in parcels, in order."""
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
