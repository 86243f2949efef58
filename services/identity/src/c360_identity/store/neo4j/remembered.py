"""What one transaction knows of what it owns: nobody else changes that before it ends.

A solve asks for much of what its batch has just read or written. Only what is not known yet is
asked of the server. Callers change what they are given, so they are given copies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.store.neo4j.reads import GraphReads
from c360_identity.store.port import EvidenceChanges, ResolutionChanges


class Remembered:
    """Records and their edges, as the transaction has them."""

    def __init__(self, reads: GraphReads) -> None:
        self._reads = reads
        self._records: dict[RecordKey, SourceRecord | None] = {}
        self._edges: dict[RecordKey, dict[Identifier, Observation]] = {}
        self._kept: dict[Identifier, list[Observation]] = {}
        self.holdings: dict[Identifier, Holding] = {}
        """Who carries identifiers that were asked for, as it is now, but whose customer."""

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """Those of these owned records that were ever told of."""
        unread = [key for key in keys if key not in self._records]
        if unread:
            found = await self._reads.records(unread)
            self._records.update({key: found.get(key) for key in unread})
        told = {key: self._records[key] for key in keys}
        return {key: copy(record) for key, record in told.items() if record is not None}

    async def observations_of(self, keys: Collection[RecordKey]) -> Sequence[Observation]:
        """All edges of these owned records."""
        unread = [key for key in keys if key not in self._edges]
        if unread:
            self._edges.update({key: {} for key in unread})
            self._put(await self._reads.observations_of(unread))
        return [copy(edge) for key in keys for edge in self._edges[key].values()]

    def observations_to(self, identifiers: Iterable[Identifier]) -> Sequence[Observation]:
        """The active edges of identifiers that have none but those of this transaction."""
        edges = (edge for i in identifiers for edge in self._kept.get(i, ()))
        return [copy(edge) for edge in edges if edge.active]

    def held(self, holdings: Mapping[Identifier, Holding]) -> None:
        """This was read of identifiers that the transaction has to itself."""
        self.holdings.update(
            {i: replace(holding, customer=None) for i, holding in holdings.items()}
        )

    def kept(self, changes: EvidenceChanges, new: Iterable[RecordKey]) -> None:
        """The transaction wrote this; `new` records had no node before."""
        self._edges.update({key: {} for key in new})
        self._records.update({record.key: copy(record) for record in changes.records})
        self._put(changes.observations)
        for edge in changes.observations:
            self._kept.setdefault(edge.identifier, []).append(
                self._edges.get(edge.record, {}).get(edge.identifier, edge)
            )
        for identifier, number in changes.holders.items():
            held = self.holdings.get(identifier)
            if held is not None:
                self.holdings[identifier] = replace(held, holders=held.holders + number)

    def resolved(self, changes: ResolutionChanges) -> None:
        """The transaction wrote this."""
        for record in changes.records:
            known = self._records.get(record.key)
            if known is not None:
                known.seed, known.version, known.plain = record.seed, record.version, record.plain
        for edge in changes.observations:
            known_edge = self._edges.get(edge.record, {}).get(edge.identifier)
            if known_edge is not None:
                known_edge.refused = edge.refused
        for identifier, anchored in changes.generic.items():
            held = self.holdings.get(identifier)
            if held is not None:
                is_generic = anchored is not None
                told = replace(held, generic=is_generic, anchored=anchored or 0)
                self.holdings[identifier] = told

    def _put(self, edges: Iterable[Observation]) -> None:
        for edge in edges:
            if edge.record in self._edges:
                self._edges[edge.record][edge.identifier] = copy(edge)
