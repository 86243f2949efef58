"""What the database holds. It cannot be held still: what is newer than its trees is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bson.int64 import Int64
from c360_kernel.errors import Invalid
from c360_kernel.log.topics import AUDIT
from c360_kernel.mongodb import Collection, Database, Document, store_errors
from pymongo import ASCENDING
from typing_extensions import override

from c360_audit.domain.operation import Audited
from c360_audit.domain.placed_entry import Place
from c360_audit.store.evidence import AuditEvidence, Held, KeptRow, Stray
from c360_audit.store.mongodb.summary import names_of
from c360_audit.store.mongodb.trees import MongoTrees
from c360_audit.store.reading import read_audited

_Document = Callable[[int, Audited], Document]


class MongoEvidence(AuditEvidence):
    """AuditEvidence in a database; `document` says what is kept of an operation."""

    def __init__(
        self, database: Database, leaves: Collection, trees: MongoTrees, document: _Document
    ) -> None:
        self._positions: Collection = database["audit_positions"]
        self._tiles: Collection = database["audit_tiles"]
        self._summary: Collection = database["audit_summary"]
        self._last_at: dict[str, int] = {}
        self._first: tuple[int, int] | None = None
        self._begun: Mapping[int, int] | None = None
        self._places: Collection = database["audit_places"]
        self._leaves = leaves
        self._trees = trees
        self._document = document

    @property
    @override
    def trees(self) -> MongoTrees:
        return self._trees

    @override
    async def positions(self) -> Mapping[int, int]:
        with store_errors():
            found = await self._positions.find({"topic": AUDIT}).to_list()
        positions = {_named(one): int(one["off"]) for one in found}
        if self._begun is None:
            self._begun = positions
        return positions

    @override
    async def held(self) -> Mapping[int, Held]:
        tiles: dict[int, dict[int, int]] = {}
        places: dict[int, int] = {}
        with store_errors():
            async for one in self._tiles.find({}, {"_id": 1}):
                part, level = _level_of(str(one["_id"]))
                levels = tiles.setdefault(part, {})
                levels[level] = levels.get(level, 0) + 1
            async for one in self._places.find({}, {"part": 1}):
                places[int(one["part"])] = places.get(int(one["part"]), 0) + 1
        parts = sorted(tiles.keys() | places.keys())
        return {part: Held(tiles.get(part, {}), places.get(part, 0)) for part in parts}

    @override
    async def rows(self, after: int, limit: int) -> Sequence[KeptRow]:
        wanted: Document = {"number": {"$gt": Int64(after)}}
        with store_errors():
            found = await self._leaves.find(wanted).sort("number", ASCENDING).limit(limit).to_list()
            ids = [one["_id"] for one in found]
            places = await self._places.find({"entry": {"$in": ids}}).to_list()
        by_entry: dict[str, list[Document]] = {}
        for one in places:
            by_entry.setdefault(one["entry"], []).append(one)
        return [self._checked(one, by_entry.get(one["_id"], [])) for one in found]

    def _checked(self, row: Document, places: Sequence[Document]) -> KeptRow:
        number, entry_id = int(row["number"]), str(row["_id"])
        stands = [Place(int(one["part"]), int(one["off"])) for one in places]
        faults = self._faults(row)
        if any("data" in one and bytes(one["data"]) != row.get("data") for one in places):
            faults = (*faults, "payload")
        return KeptRow(number, entry_id, min(stands, default=None), faults)

    def _faults(self, row: Document) -> tuple[str, ...]:
        try:
            audited = read_audited(str(row["_id"]), bytes(row["data"]))
        except (Invalid, KeyError, TypeError):
            return ("payload",)
        if self._first is None:
            self._first = int(row["number"]), audited.operation.at
        for name in names_of(audited):
            self._last_at[name] = max(audited.operation.at, self._last_at.get(name, 0))
        wanted = self._document(int(row["number"]), audited)
        return tuple(sorted(name for name in {*wanted, *row} if row.get(name) != wanted.get(name)))

    @override
    async def strays(self) -> Sequence[Stray]:
        is_still = self._begun == await self.positions()
        with store_errors():
            held = {str(one["_id"]): int(one["last_at"]) async for one in self._summary.find()}
        wrong = {name for name, at in self._last_at.items() if held.get(name, -1) < at}
        if is_still:
            wrong |= {name for name, at in held.items() if self._differs(name, at)}
        return [Stray(f"when {name.partition(':')[0]} was last met") for name in sorted(wrong)]

    def _differs(self, name: str, at: int) -> bool:
        """What lingers of operations that were all removed was met before the rest."""
        lingers = self._first is not None and self._first[0] > 0 and at <= self._first[1]
        return self._last_at[name] != at if name in self._last_at else not lingers


def _named(position: Document) -> int:
    """The partition of a position; what is named otherwise is of no partition."""
    return int(position["part"]) if position["_id"] == f"{AUDIT}/{position['part']}" else -1


def _level_of(tile: str) -> tuple[int, int]:
    """Partition and level of a tile's id; what is no such id is of no partition."""
    parts = tile.split("/")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return -1, 0
    return int(parts[0]), int(parts[1])
