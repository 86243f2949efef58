"""A document per operation, named by its entry and numbered uniquely.

There is no transaction over documents. A batch is inserted in order and its position is moved
after it; whoever dies between the two, or is overtaken, leaves a beginning of the batch without a
gap, and the rest follows when the batch is handled again.
"""

from __future__ import annotations

import collections.abc
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from bson.int64 import Int64
from c360_kernel.log.entry import Entry, Position, Positions, spans_of
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb import (
    Collection,
    Document,
    check_format,
    claim,
    open_client,
    store_errors,
)
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import Attempt, Outgoing
from c360_kernel.projection.witness import LatestEntries
from pymongo import ASCENDING, DESCENDING, IndexModel
from typing_extensions import override

from c360_audit.domain.activity import Activity, Actor, signs_of
from c360_audit.domain.operation import Audited, AuditQuery, Leaf
from c360_audit.domain.performed import Performed, Touching, alike, key_of, touching
from c360_audit.store.gathering import GatheredAuditUnit, once_each
from c360_audit.store.mongodb.evidence import MongoEvidence
from c360_audit.store.mongodb.feeding import (
    LetterCollection,
    MarkCollection,
    PositionCollection,
)
from c360_audit.store.mongodb.summary import SummaryCollection
from c360_audit.store.mongodb.trees import MongoTrees
from c360_audit.store.port import AuditLog
from c360_audit.store.reading import read_audited
from c360_audit.store.signing import TreeSigner

SETTING = "C360_AUDIT_STORE"
_APP = "c360-audit"
_STATE = "state"
_MEND = "name an empty database, which is filled from the log"
_BEYOND = 2**63 - 1
_FORMAT = 4
"""To be raised with every change of what the documents hold."""
_INDEXES = [
    IndexModel([("number", ASCENDING)], unique=True),
    IndexModel([("at", ASCENDING)]),
    IndexModel([("principal", ASCENDING), ("number", ASCENDING)]),
    IndexModel([("subjects", ASCENDING), ("number", ASCENDING)]),
    IndexModel([("marks", ASCENDING), ("number", ASCENDING)]),
]


def check_url(url: str) -> None:
    """Raise `SettingsError` for a URL that no log can be opened at. Connects to nothing."""
    open_client(url, SETTING, _APP)


class MongoAuditLog(AuditLog, Witness):
    """An AuditLog in the database that the URL names. Connects at its first use."""

    def __init__(self, url: str, signer: TreeSigner) -> None:
        self._client = open_client(url, SETTING, _APP)
        database = self._client.get_default_database()
        self._database = database
        self._leaves: Collection = database["audit"]
        self._positions = PositionCollection(database)
        self._marks = MarkCollection(database)
        self._letters = LetterCollection(database)
        self._begun = LatestEntries()
        self._states: Collection = database["audit_state"]
        self._summary = SummaryCollection(database["audit_summary"], self._leaves)
        self._trees = MongoTrees(database, self._leaves, self._states, signer)
        self._indexed = False
        self._checked = False

    @property
    @override
    def trees(self) -> MongoTrees:
        return self._trees

    @override
    @asynccontextmanager
    async def evidence(self) -> AsyncGenerator[MongoEvidence]:
        await self.positions()
        yield MongoEvidence(self._database, self._leaves, self._trees, _document)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[GatheredAuditUnit]:
        unit = GatheredAuditUnit()
        yield unit
        with store_errors():
            await self._create_indexes()
            await self._summary.note(unit.audited)
            kept = await self._insert(unit.audited)
            await self._trees.grow(unit.placed, kept)
            await self._letters.put(unit.letters)
            await self._positions.move(unit.before, unit.after, self._begun.before(unit.after))

    @override
    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        return await self._found(_filter(query, {"$gt": Int64(after)}), ASCENDING, limit)

    @override
    async def latest(self, query: AuditQuery, before: int | None, limit: int) -> Sequence[Leaf]:
        below = Int64(_BEYOND if before is None else before)
        return await self._found(_filter(query, {"$lt": below}), DESCENDING, limit)

    async def _found(self, wanted: Document, order: int, limit: int) -> Sequence[Leaf]:
        with store_errors():
            found = await self._leaves.find(wanted).sort("number", order).limit(limit).to_list()
        return [Leaf(int(one["number"]), read_audited(one["_id"], one["data"])) for one in found]

    @override
    async def expire(self, before: int, limit: int) -> int:
        with store_errors():
            newest = await self._next_number() - 1
            wanted: Document = {"at": {"$lt": Int64(before)}, "number": {"$lt": Int64(newest)}}
            old = self._leaves.find(wanted, {"_id": 1}).sort("at", ASCENDING).limit(limit)
            ids = [one["_id"] for one in await old.to_list()]
            await self._trees.forget(ids)
            await self._leaves.delete_many({"_id": {"$in": ids}})
            if len(ids) < limit:
                await self._summary.forget(before, newest)
        return len(ids)

    @override
    async def rules_used(self) -> Mapping[str, int]:
        with store_errors():
            return await self._summary.rules_used()

    @override
    async def actors(self) -> Mapping[Actor, int]:
        with store_errors():
            return await self._summary.actors()

    @override
    async def activity(self, since: int, until: int) -> Sequence[Activity]:
        with store_errors():
            return await self._summary.activity(since, until)

    @override
    async def performed(self, since: int, until: int) -> Sequence[Performed]:
        with store_errors():
            return alike([one async for one in self._summary.operations(since, until)])

    @override
    async def touched(self, keys: Sequence[str], since: int, until: int) -> int:
        names: set[str] = set()
        with store_errors():
            async for one in self._summary.operations(since, until):
                names.update(one.subjects if key_of(one) in keys else ())
        return len(names)

    @override
    async def touching(
        self, keys: Sequence[str], names: collections.abc.Collection[str], since: int, until: int
    ) -> Touching:
        wanted = frozenset(names)
        with store_errors():
            operations = [
                one
                async for one in self._summary.operations(since, until)
                if not wanted.isdisjoint(one.subjects) and key_of(one) in keys
            ]
        return touching(operations, wanted)

    @override
    async def counts(self) -> Mapping[str, int]:
        with store_errors():
            return {"operations": await self._next_number()}

    @override
    async def claimed(self, by: Origin) -> Origin:
        with store_errors():
            await self._check_format()
            return await claim(self._states, _STATE, by)

    @override
    async def positions(self) -> Positions:
        with store_errors():
            await self._check_format()
            return await self._positions.all()

    @override
    async def witnessed(self) -> Mapping[Position, str]:
        with store_errors():
            return await self._positions.witnessed()

    @override
    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        with store_errors():
            return await self._letters.oldest(limit)

    @override
    async def relayed(self, sequences: Sequence[int]) -> None:
        with store_errors():
            await self._letters.drop(sequences)

    @override
    async def attempts(self) -> Sequence[Attempt]:
        with store_errors():
            return await self._marks.all()

    @override
    async def begin(self, entries: Sequence[Entry]) -> None:
        self._begun.begin(entries)
        with store_errors():
            await self._marks.mark(spans_of(entries))

    @override
    async def end(self, entries: Sequence[Entry]) -> None:
        with store_errors():
            await self._marks.unmark(spans_of(entries))

    async def _check_format(self) -> None:
        if not self._checked:
            made = {"$setOnInsert": {"format": _FORMAT}}
            await self._states.update_one({"_id": _STATE}, made, upsert=True)
            await check_format(self._states, _STATE, _FORMAT, _MEND)
            self._checked = True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _insert(self, audited: Sequence[Audited]) -> Mapping[str, bytes]:
        by_id = once_each(audited)
        for known in await self._leaves.find({"_id": {"$in": list(by_id)}}, {"_id": 1}).to_list():
            del by_id[known["_id"]]
        if by_id:
            first = await self._next_number()
            # In order: where one fails, because its number is taken, none after it is inserted.
            await self._leaves.insert_many(
                [_document(number, one) for number, one in enumerate(by_id.values(), first)]
            )
        return {entry_id: one.data for entry_id, one in by_id.items()}

    async def _next_number(self) -> int:
        newest = self._leaves.find({}, {"number": 1}).sort("number", DESCENDING).limit(1)
        found = await newest.to_list()
        return int(found[0]["number"]) + 1 if found else 0

    async def _create_indexes(self) -> None:
        if not self._indexed:
            await self._leaves.create_indexes(_INDEXES)
            await self._trees.create_indexes()
            self._indexed = True


def _filter(query: AuditQuery, numbers: Document) -> Document:
    wanted: Document = {"number": numbers}
    times = {"$gte": query.since, "$lt": query.until}
    given = {name: Int64(time) for name, time in times.items() if time is not None}
    if given:
        wanted["at"] = given
    if query.principal is not None:
        wanted["principal"] = query.principal
    if query.subjects:
        wanted["subjects"] = {"$in": sorted(query.subjects)}
    if query.marks:
        wanted["marks"] = {"$all": list(query.marks)}
    return wanted


def _document(number: int, audited: Audited) -> Document:
    operation = audited.operation
    return {
        "_id": audited.entry_id,
        "number": Int64(number),
        "at": Int64(operation.at),
        "principal": operation.principal,
        "roles": list(Actor.of(operation).roles),
        "subjects": sorted(set(operation.subjects)),
        "marks": sorted(audited.marks),
        "times": Int64(operation.times),
        "signs": int(signs_of(operation)),
        "data": audited.data,
    }
