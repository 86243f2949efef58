"""What one transaction knows of what it owns: nobody else changes that before it ends.

A solve asks for much of what its batch has just read or written. Only what is not known yet is
asked of the server. Callers change what they are given, so they are given copies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.evidence.model import Link, Pair, StewardDecision
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.store.neo4j.locking_reads import WholeRecord
from c360_identity.store.port import EvidenceChanges, ResolutionChanges

_NOBODY = Holding()


class Remembered:
    """Records with their edges and decisions, and holdings, as the transaction has them."""

    def __init__(self) -> None:
        self._records: dict[RecordKey, SourceRecord] = {}
        self._edges: dict[RecordKey, dict[Identifier, Observation]] = {}
        self._edges_to: dict[Identifier, dict[RecordKey, Observation]] = {}
        self._decisions: dict[RecordKey, dict[tuple[Pair, str], StewardDecision]] = {}
        self.holdings: dict[Identifier, Holding] = {}
        """Who carries identifiers, as it is now, but whose customer, which is as it was read."""

    def read(self, records: Iterable[WholeRecord]) -> None:
        """This was read of records that the transaction has to itself."""
        for whole in records:
            if whole.key in self._edges:
                continue
            if whole.record is not None:
                self._records[whole.key] = whole.record
            self._edges[whole.key] = {}
            self._put(whole.edges)
            self._decisions[whole.key] = {(d.pair, d.id): d for d in whole.decisions}

    def held(self, holdings: Mapping[Identifier, Holding]) -> None:
        """This was read of identifiers that the transaction has to itself."""
        self.holdings.update(holdings)

    def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """Those of these owned records that were ever told of."""
        return {key: _record(self._records[key]) for key in keys if key in self._records}

    def record(self, key: RecordKey) -> SourceRecord:
        """An owned record that was told of, not to be changed."""
        return self._records[key]

    def edges_of(self, key: RecordKey) -> Collection[Observation]:
        """The edges of an owned record, not to be changed."""
        return self._edges[key].values()

    def edge(self, link: Link) -> Observation:
        """An edge of an owned record, not to be changed."""
        record, identifier = link
        return self._edges[record][identifier]

    def holding(self, identifier: Identifier) -> Holding:
        """Who carries an identifier that the transaction has to itself."""
        return self.holdings.get(identifier, _NOBODY)

    def observations_of(self, keys: Collection[RecordKey]) -> Sequence[Observation]:
        """All edges of these owned records."""
        return [_edge(edge) for key in keys for edge in self._edges.get(key, {}).values()]

    def observations_to(self, identifiers: Iterable[Identifier]) -> list[Observation]:
        """The active edges between identifiers and owned records."""
        return [_edge(edge) for i in identifiers for edge in self._carried(i)]

    def knows_carriers(self, identifier: Identifier) -> bool:
        """Whether all carriers of an identifier are among the owned records."""
        held = self.holdings.get(identifier)
        return held is not None and held.holders == len(self._carried(identifier))

    def decisions_about(self, keys: Collection[RecordKey]) -> Sequence[StewardDecision]:
        """All decisions about these owned records."""
        found = [decision for key in keys for decision in self._decisions.get(key, {}).values()]
        return list(dict.fromkeys(found))

    def kept(self, changes: EvidenceChanges, new: Iterable[RecordKey]) -> None:
        """The transaction wrote this; `new` records had no node before."""
        self._edges.update({key: {} for key in new})
        self._records.update({record.key: _record(record) for record in changes.records})
        self._put(changes.observations)
        for decision in changes.decisions:
            for key in decision.pair:
                self._decisions.setdefault(key, {})[decision.pair, decision.id] = decision
        for identifier, number in changes.holders.items():
            held = self.holding(identifier)
            self.holdings[identifier] = Holding(
                held.holders + number, held.generic, held.anchored, held.customer
            )

    def resolved(self, changes: ResolutionChanges) -> None:
        """The transaction wrote this."""
        for record in changes.records:
            known = self._records[record.key]
            known.seed, known.version, known.plain = record.seed, record.version, record.plain
        for edge in changes.observations:
            self._edges[edge.record][edge.identifier].refused = edge.refused
        for identifier, anchored in changes.generic.items():
            held = self.holding(identifier)
            is_generic = anchored is not None
            self.holdings[identifier] = held._replace(generic=is_generic, anchored=anchored or 0)

    def _carried(self, identifier: Identifier) -> Sequence[Observation]:
        edges = self._edges_to.get(identifier, {})
        return [edge for edge in edges.values() if edge.active]

    def _put(self, edges: Iterable[Observation]) -> None:
        for edge in edges:
            kept = _edge(edge)
            self._edges[edge.record][edge.identifier] = kept
            self._edges_to.setdefault(edge.identifier, {})[edge.record] = kept


# Several times as fast as `copy.copy`.
def _edge(o: Observation) -> Observation:
    told = (o.first_seen, o.stated, o.events, o.active, o.refused, o.since)
    return Observation(o.record, o.identifier, *told)


def _record(r: SourceRecord) -> SourceRecord:
    return SourceRecord(r.key, r.age, r.statements, r.seed, r.version, r.plain)
