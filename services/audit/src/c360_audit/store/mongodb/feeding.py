"""What feeding the audit log needs beside its leaves: positions, marks, dead letters that wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from bson.int64 import Int64
from c360_kernel.log.entry import NewEntry, Partition, Position, Positions, Span
from c360_kernel.mongodb import Collection, Database, Document
from c360_kernel.projection.port import Attempt, Outgoing
from c360_kernel.projection.positions import PositionMoved
from c360_kernel.projection.witness import witness
from pymongo import ASCENDING, UpdateOne

Spans = Mapping[Partition, Span]
_ENTRY = tuple(one.name for one in fields(NewEntry))


class PositionCollection:
    """The next offset to handle, a document per partition, moved by compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents: Collection = database["audit_positions"]

    async def all(self) -> Positions:
        """Where to read on."""
        found = await self._documents.find().to_list()
        return {Partition(one["topic"], int(one["part"])): int(one["off"]) for one in found}

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that the store was fed."""
        found = await self._documents.find({"witness": {"$exists": True}}).to_list()
        held = ((Partition(one["topic"], int(one["part"])), one["witness"]) for one in found)
        return dict(witness(*one) for one in held)

    async def move(
        self, before: Positions, after: Positions, witnesses: Mapping[Partition, str]
    ) -> None:
        """Raise `Conflict` when somebody else moved one of them."""
        for partition, offset in after.items():
            held_witness = witnesses.get(partition)
            moved: Document = {"off": Int64(offset)} | (
                {"witness": held_witness} if held_witness else {}
            )
            await self._move(partition, before.get(partition, 0), moved)

    async def _move(self, partition: Partition, before: int, after: Document) -> None:
        named = {"_id": f"{partition.topic}/{partition.number}"}
        if before == 0:
            # A second one to insert the first position is told so by the duplicate id.
            placed = {"topic": partition.topic, "part": partition.number}
            await self._documents.insert_one(named | placed | after)
            return
        moved = await self._documents.update_one({**named, "off": before}, {"$set": after})
        if moved.matched_count == 0:
            raise PositionMoved


class MarkCollection:
    """Which entries are being handled, so that what kills the process is found out."""

    def __init__(self, database: Database) -> None:
        self._documents: Collection = database["audit_begun"]

    async def all(self) -> Sequence[Attempt]:
        """What was begun and never ended."""
        found = await self._documents.find().to_list()
        return [
            Attempt(
                Partition(one["topic"], int(one["part"])),
                int(one["first"]),
                int(one["last"]),
                int(one["times"]),
            )
            for one in found
        ]

    async def mark(self, spans: Spans) -> None:
        """Count once more that handling these begins."""
        await self._documents.bulk_write([_marking(*one) for one in spans.items()])

    async def unmark(self, spans: Spans) -> None:
        """Forget all that ended with these."""
        for (topic, number), (_, last) in spans.items():
            await self._documents.delete_many(
                {"topic": topic, "part": number, "last": {"$lte": last}}
            )


def _marking(partition: Partition, span: tuple[int, int]) -> UpdateOne:
    topic, number = partition
    first, last = span
    fields = {"topic": topic, "part": number, "first": Int64(first), "last": Int64(last)}
    return UpdateOne(
        {"_id": f"{topic}/{number}/{first}-{last}"},
        {"$set": fields, "$inc": {"times": 1}},
        upsert=True,
    )


class LetterCollection:
    """Dead letters on their way to the log."""

    def __init__(self, database: Database) -> None:
        self._documents: Collection = database["audit_letters"]

    async def put(self, entries: Iterable[NewEntry]) -> None:
        """Keep them; one that waits already is kept once."""
        for entry in entries:
            fields = {name: getattr(entry, name) for name in _ENTRY if name != "id"}
            fields |= {"time": Int64(entry.time), "sequence": Int64(time.time_ns())}
            await self._documents.update_one({"_id": entry.id}, {"$set": fields}, upsert=True)

    async def oldest(self, limit: int) -> Sequence[Outgoing]:
        """The first that came."""
        found = await self._documents.find().sort("sequence", ASCENDING).limit(limit).to_list()
        return [Outgoing(int(one["sequence"]), _entry(one)) for one in found]

    async def drop(self, sequences: Sequence[int]) -> None:
        """The log has them."""
        await self._documents.delete_many(
            {"sequence": {"$in": [Int64(number) for number in sequences]}}
        )


def _entry(document: Document) -> NewEntry:
    fields: Document = {**document, "id": document["_id"], "time": int(document["time"])}
    return NewEntry(**{name: fields[name] for name in _ENTRY})
