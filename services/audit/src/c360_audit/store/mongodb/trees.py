"""The trees in MongoDB.

Without a transaction a tile may be written whose checkpoint is not: tiles hold more than the
checkpoint says, then, and what is handled again writes the same. A writer that was overtaken
shortens no tile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bson.int64 import Int64
from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Database, Document, store_errors
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError
from typing_extensions import override

from c360_audit.domain.merkle.tiles import Edge, Growth, TileName, edge_of
from c360_audit.domain.placed_entry import Place, PlacedEntry
from c360_audit.store.gathering import held_once
from c360_audit.store.growing import by_partition, grown
from c360_audit.store.signing import TreeSigner, size_of
from c360_audit.store.trees import AuditTrees, KeptCheckpoint

_FIRST = TileName(0, 0)
_TAKEN = 11_000
_PAGE = 1_000


class MongoTrees(AuditTrees):
    """AuditTrees in a database; payloads are with the operations where they can be."""

    def __init__(
        self, database: Database, leaves: Documents, states: Documents, signer: TreeSigner
    ) -> None:
        self._places: Documents = database["audit_places"]
        self._tiles: Documents = database["audit_tiles"]
        self._checkpoints: Documents = database["audit_checkpoints"]
        self._statements: Documents = database["audit_statements"]
        self._leaves = leaves
        self._states = states
        self._signer = signer

    async def create_indexes(self) -> None:
        """What is looked up by something else than its id."""
        await self._places.create_indexes(
            [
                IndexModel([("part", ASCENDING), ("off", ASCENDING)]),
                IndexModel([("entry", ASCENDING)]),
            ]
        )
        await self._checkpoints.create_indexes(
            [IndexModel([("part", ASCENDING), ("size", ASCENDING)])]
        )

    async def grow(self, placed: Iterable[PlacedEntry], kept: Mapping[str, bytes]) -> None:
        """Append to the trees. Raises `Unusable`. `kept` as in the embedded store."""
        for partition, those in by_partition(placed).items():
            await self._put_places(held_once(those, kept))
            edge = await self._edge(partition)
            before, growth = edge.size, grown(edge, those)
            if growth is not None:
                await self._put_tiles(partition, growth)
                await self._put_checkpoint(partition, before, growth)

    async def forget(self, entry_ids: Sequence[str]) -> None:
        """Nothing but their hashes stays of these entries."""
        await self._places.delete_many({"entry": {"$in": list(entry_ids)}})

    async def _edge(self, partition: int) -> Edge:
        note, size = await self._newest(partition)
        names = [_FIRST] if note is None else edge_of(size)
        tiles = await self._read(partition, names)
        if note is None and not await self._positioned(partition):
            # Begun by somebody who got no further.
            tiles = {}
        return self._signer.edge(await self._log(), partition, note, tiles)

    async def _positioned(self, partition: int) -> bool:
        return (
            await self._places.database["audit_positions"].find_one({"part": partition}) is not None
        )

    async def _newest(self, partition: int) -> tuple[str | None, int]:
        newest = self._checkpoints.find({"part": partition}).sort("size", DESCENDING).limit(1)
        found = await newest.to_list()
        return (found[0]["note"], int(found[0]["size"])) if found else (None, 0)

    async def _log(self) -> str:
        found = await self._states.find_one({"_id": "state"})
        return "" if found is None else found.get("log") or ""

    async def _put_places(self, placed: Sequence[PlacedEntry]) -> None:
        puts = [
            UpdateOne({"_id": _place(one)}, {"$setOnInsert": _document(one)}, upsert=True)
            for one in placed
        ]
        await self._places.bulk_write(puts, ordered=False)

    async def _put_tiles(self, partition: int, growth: Growth) -> None:
        puts = [_longer(partition, name, hashes) for name, hashes in growth.tiles.items()]
        try:
            await self._tiles.bulk_write(puts, ordered=False)
        except BulkWriteError as error:
            # Where a tile that is as long is there, nothing matches, and its id is taken.
            details = error.details or {}
            if any(one["code"] != _TAKEN for one in details.get("writeErrors", ())):
                raise

    async def _put_checkpoint(self, partition: int, before: int, growth: Growth) -> None:
        note = self._signer.checkpoint(await self._log(), partition, growth)
        document = {
            "part": partition,
            "size": Int64(growth.size),
            "before": Int64(before),
            "note": note,
        }
        # One alone may follow a checkpoint: whoever was overtaken is told so by the duplicate id.
        await self._checkpoints.insert_one({"_id": f"{partition}/{before}"} | document)

    async def _read(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        ids = {_tile(partition, name): name for name in names}
        found = await self._tiles.find({"_id": {"$in": list(ids)}}).to_list() if ids else []
        whole = (one for one in found if int(one["length"]) == len(one["hashes"]))
        return {ids[one["_id"]]: bytes(one["hashes"]) for one in whole}

    @override
    async def newest(self) -> Mapping[int, str]:
        with store_errors():
            parts = await self._checkpoints.distinct("part")
            return {int(part): (await self._newest(part))[0] or "" for part in sorted(parts)}

    @override
    async def checkpoints(self, partition: int, above: int, limit: int) -> Sequence[KeptCheckpoint]:
        wanted: Document = {"part": partition, "size": {"$gt": Int64(above)}}
        with store_errors():
            found = (
                await self._checkpoints.find(wanted).sort("size", ASCENDING).limit(limit).to_list()
            )
        return [_kept(partition, one) for one in found]

    @override
    async def tiles(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        with store_errors():
            return await self._read(partition, names)

    @override
    async def placed(self, partition: int, first: int, limit: int) -> Sequence[PlacedEntry]:
        wanted: Document = {"part": partition, "off": {"$gte": Int64(first)}}
        with store_errors():
            places = await self._places.find(wanted).sort("off", ASCENDING).limit(limit).to_list()
            ids = [one["entry"] for one in places]
            leaves = await self._leaves.find({"_id": {"$in": ids}}, {"data": 1}).to_list()
        payloads = {one["_id"]: bytes(one["data"]) for one in leaves}
        return [_placed(one, payloads) for one in places]

    @override
    async def place_of(self, entry_id: str) -> Place | None:
        order = [("part", ASCENDING), ("off", ASCENDING)]
        with store_errors():
            found = await self._places.find({"entry": entry_id}).sort(order).limit(1).to_list()
        return Place(int(found[0]["part"]), int(found[0]["off"])) if found else None

    @override
    async def younger(self, before: int) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for part, note in (await self.newest()).items():
            first, found[part] = 0, size_of(note)
            while page := await self._page(part, first):
                young = next((off for off, at in page if at >= before), None)
                if young is not None:
                    found[part] = young
                    break
                first = page[-1][0] + 1
        return found

    async def _page(self, partition: int, first: int) -> Sequence[tuple[int, int]]:
        """Offsets and times of the next operations from an offset on."""
        wanted: Document = {"part": partition, "off": {"$gte": Int64(first)}}
        with store_errors():
            places = await self._places.find(wanted).sort("off", ASCENDING).limit(_PAGE).to_list()
            ids = [one["entry"] for one in places]
            leaves = await self._leaves.find({"_id": {"$in": ids}}, {"at": 1}).to_list()
        times = {one["_id"]: int(one["at"]) for one in leaves}
        return [(int(one["off"]), times.get(one["entry"], -1)) for one in places]

    @override
    async def statements(self) -> Sequence[str]:
        with store_errors():
            found = await self._statements.find().sort("_id", ASCENDING).to_list()
        return [one["note"] for one in found]

    @override
    async def state(self, name: str, note: str) -> None:
        with store_errors():
            await self._statements.update_one({"_id": name}, {"$set": {"note": note}}, upsert=True)


def _place(one: PlacedEntry) -> str:
    return f"{one.place.partition}/{one.place.offset}"


def _tile(partition: int, name: TileName) -> str:
    return f"{partition}/{name.level}/{name.number}"


def _longer(partition: int, name: TileName, hashes: bytes) -> UpdateOne:
    shorter = {"_id": _tile(partition, name), "length": {"$lt": len(hashes)}}
    return UpdateOne(shorter, {"$set": {"length": len(hashes), "hashes": hashes}}, upsert=True)


def _document(one: PlacedEntry) -> Document:
    partition, offset = one.place
    document: Document = {
        "part": partition,
        "off": Int64(offset),
        "entry": one.entry_id,
        "head": one.head,
    }
    return document if one.data is None else document | {"data": one.data}


def _kept(partition: int, found: Document) -> KeptCheckpoint:
    before = int(found["before"])
    is_named = found["_id"] == f"{partition}/{before}"
    return KeptCheckpoint(before if is_named else -1, int(found["size"]), found["note"])


def _placed(found: Document, payloads: Mapping[str, bytes]) -> PlacedEntry:
    place = Place(int(found["part"]), int(found["off"]))
    if found["_id"] != f"{place.partition}/{place.offset}":
        return PlacedEntry(place, found["entry"], found["head"], None)
    own = found.get("data")
    data = payloads.get(found["entry"]) if own is None else bytes(own)
    return PlacedEntry(place, found["entry"], found["head"], data)
