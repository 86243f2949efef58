"""What the audit log says as a whole: a document for each rule and each actor, kept while feeding.

Noting is repeated without harm: times only grow.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from bson.int64 import Int64
from c360_kernel.mongodb import Collection, Document
from c360_kernel.payload import OperationAudited
from pymongo import UpdateOne

from c360_audit.domain.activity import Act, Activity, Actor, Sign, tally
from c360_audit.domain.marks import KIND, RULE
from c360_audit.domain.operation import Audited
from c360_audit.domain.performed import OPERATION
from c360_audit.store.reading import read_audited

_ACTOR = "actor:"
_ABOUT = ("principal", "roles", "marks")
_COUNTED = ("principal", "roles", "at", "times", "signs", "subjects")


class SummaryCollection:
    """Rules and actors by their last time; activity is counted from the leaves themselves."""

    def __init__(self, documents: Collection, leaves: Collection) -> None:
        self._documents = documents
        self._leaves = leaves

    async def note(self, audited: Sequence[Audited]) -> None:
        """Take notice of a batch."""
        latest: dict[str, int] = {}
        for one in audited:
            at = one.operation.at
            for name in names_of(one):
                latest[name] = max(at, latest.get(name, at))
        if latest:
            await self._documents.bulk_write([_growing(*one) for one in sorted(latest.items())])

    async def forget(self, before: int, newest: int) -> None:
        """Drop what was last so long ago, but for what the newest leaf, of this number, says."""
        fields = dict.fromkeys(_ABOUT, 1)
        left = await self._leaves.find_one({"number": Int64(newest)}, fields)
        kept = [] if left is None else list(_names(_actor(left), frozenset(left["marks"])))
        old: Document = {"last_at": {"$lt": Int64(before)}, "_id": {"$nin": kept}}
        await self._documents.delete_many(old)

    async def rules_used(self) -> Mapping[str, int]:
        """When each rule decided anything for the last time, by its id."""
        return {name: at async for name, at in self._named(RULE)}

    async def actors(self) -> Mapping[Actor, int]:
        """When each principal acted with a set of roles for the last time."""
        return {_read(name): at async for name, at in self._named(_ACTOR)}

    async def activity(self, since: int, until: int) -> Sequence[Activity]:
        """What each actor did in each hour of a span, in the order of actors and hours."""
        wanted: Document = {"at": {"$gte": Int64(since), "$lt": Int64(until)}}
        found = self._leaves.find(wanted, dict.fromkeys(_COUNTED, 1))
        return tally([_act(one) async for one in found])

    async def operations(self, since: int, until: int) -> AsyncIterator[OperationAudited]:
        """The operations of that time."""
        wanted: Document = {
            "at": {"$gte": Int64(since), "$lt": Int64(until)},
            "marks": KIND + OPERATION,
        }
        async for one in self._leaves.find(wanted, {"data": 1}):
            yield read_audited(one["_id"], one["data"]).operation

    async def _named(self, kind: str) -> AsyncIterator[tuple[str, int]]:
        end = kind[:-1] + chr(ord(kind[-1]) + 1)
        async for one in self._documents.find({"_id": {"$gte": kind, "$lt": end}}):
            yield one["_id"][len(kind) :], int(one["last_at"])


def names_of(audited: Audited) -> Iterator[str]:
    """What is noted of an operation, by the documents that note it."""
    return _names(Actor.of(audited.operation), audited.marks)


def _names(actor: Actor, marks: frozenset[str]) -> Iterator[str]:
    yield _ACTOR + json.dumps([actor.principal, *actor.roles])
    yield from (mark for mark in marks if mark.startswith(RULE))


def _read(name: str) -> Actor:
    principal, *roles = json.loads(name)
    return Actor(principal, tuple(roles))


def _growing(name: str, at: int) -> UpdateOne:
    return UpdateOne({"_id": name}, {"$max": {"last_at": Int64(at)}}, upsert=True)


def _actor(leaf: Document) -> Actor:
    return Actor(leaf["principal"], tuple(leaf["roles"]))


def _act(leaf: Document) -> Act:
    signs = Sign(int(leaf["signs"]))
    return Act(_actor(leaf), int(leaf["at"]), int(leaf["times"]), signs, leaf["subjects"])
