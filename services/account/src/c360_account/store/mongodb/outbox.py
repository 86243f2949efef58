"""What waits to be relayed, in the order of the units that told it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from bson.int64 import Int64
from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import Document
from c360_kernel.projection.port import Outgoing

from c360_account.store.mongodb.documents import bytes_of, text_of
from c360_account.store.mongodb.generation import Generation

_MOST_OF_A_UNIT = 1 << 24
_ENTRY = tuple(one.name for one in fields(NewEntry))
_TOLD: Document = {"told": True}


def letter_documents(unit: str, edition: int, letters: Sequence[NewEntry]) -> Iterator[Document]:
    """What a unit tells, as it waits for the unit to hold."""
    for place, entry in enumerate(letters):
        said = {name: getattr(entry, name) for name in _ENTRY}
        yield {
            "_id": f"{unit}/{place}",
            "unit": unit,
            "edition": edition,
            "sequence": Int64(edition * _MOST_OF_A_UNIT + place),
            "told": False,
            "entry": said | {"time": Int64(entry.time), "data": text_of(entry.data)},
        }


async def outgoing(generation: Generation, limit: int) -> Sequence[Outgoing]:
    """The oldest entries of units that hold."""
    found = await generation.outbox.find(_TOLD).sort([("sequence", 1)]).limit(limit).to_list()
    return [Outgoing(int(one["sequence"]), _entry(one["entry"])) for one in found]


async def relayed(generation: Generation, sequences: Sequence[int]) -> None:
    """Drop these entries: the log has them."""
    gone = {"$in": list(map(Int64, sequences))}
    await generation.outbox.delete_many({**_TOLD, "sequence": gone})


async def clear(generation: Generation) -> None:
    """Drop everything that waits."""
    await generation.outbox.delete_many(_TOLD)


def _entry(said: Document) -> NewEntry:
    read: Document = {**said, "time": int(said["time"]), "data": bytes_of(said["data"])}
    return NewEntry(**{name: read[name] for name in _ENTRY})
