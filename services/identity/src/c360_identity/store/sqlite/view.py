"""A view of the SQLite file in which what is read of many records is read a part at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from c360_kernel.evidence.model import Link, Pair, StewardDecision
from c360_kernel.evidence.solver import Edge
from c360_kernel.projection.steps import pause
from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.store.port import Around
from c360_identity.store.sqlite.unit import SqliteIdentityUnit

_PART = 1_000
T = TypeVar("T")


class SqliteIdentityView(SqliteIdentityUnit):
    """What a solve reads; whoever feeds the store takes other entries in between."""

    @override
    async def bare(self, records: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        found: dict[RecordKey, SourceRecord] = {}
        for some in _parts(records):
            found.update(await super().bare(some))
            await pause()
        return found

    @override
    async def fellows(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        found: dict[RecordKey, list[SourceRecord]] = {}
        for some in self._reads.fellows_in_parts(records, _PART):
            for of, fellows in some.items():
                found.setdefault(of, []).extend(fellows)
            await pause()
        return found

    @override
    async def around(self, records: Collection[RecordKey]) -> Around:
        edges: list[Edge] = []
        refused: list[Link] = []
        holdings: dict[Identifier, Holding] = {}
        for some in _parts(records):
            found = await super().around(some)
            edges += found.edges
            refused += found.refused
            holdings.update(found.holdings)
            await pause()
        return Around(edges, refused, holdings)

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        found: list[Observation] = []
        for some in _parts(identifiers):
            found += await super().observations_to(some)
            await pause()
        return found

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        found: dict[tuple[Pair, str], StewardDecision] = {}
        for some in _parts(records):
            found.update(((d.pair, d.id), d) for d in await super().decisions_about(some))
            await pause()
        return list(found.values())

    @override
    async def evidence_about(self, records: Collection[RecordKey]) -> Mapping[Pair, float]:
        found: dict[Pair, float] = {}
        for some in _parts(records):
            found.update(await super().evidence_about(some))
            await pause()
        return found

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        found: dict[RecordKey, str] = {}
        for some in _parts(records):
            found.update(await super().compared(some))
            await pause()
        return found


def _parts(many: Collection[T]) -> Iterator[list[T]]:
    held = list(many)
    return (held[start : start + _PART] for start in range(0, len(held), _PART))
