"""What one transaction has changed and not written yet.

It is written once, when nothing more is to be read: so a record is written as it is in the end,
and the server plans and answers reads as if nothing had changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from c360_kernel.evidence.model import Link
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.history import Move
from c360_identity.domain.model import EventName, Observation
from c360_identity.store.port import EvidenceChanges, ResolutionChanges


class Known(NamedTuple):
    """What had a node before."""

    records: Collection[RecordKey] = ()
    identifiers: Collection[Identifier] = ()
    events: Collection[EventName] = ()


@dataclass(slots=True)
class Pending:
    """What was kept, what had a node before that, and names of what was resolved since.

    How records, edges and identifiers are in the end the transaction remembers.
    """

    kept: EvidenceChanges = field(default_factory=EvidenceChanges)
    known: Known = field(default_factory=Known)
    assigned: set[RecordKey] = field(default_factory=set[RecordKey])
    refused: set[Link] = field(default_factory=set[Link])
    judged: set[Identifier] = field(default_factory=set[Identifier])
    moves: list[Move] = field(default_factory=list[Move])

    @classmethod
    def of(cls, kept: EvidenceChanges, known: Known) -> Self:
        """What was kept while this was known, which is looked at now."""
        named = identifiers_of(kept)
        events = {event.name for event in kept.events}
        before = Known(
            records_of(kept).intersection(known.records),
            named.intersection(known.identifiers),
            events.intersection(known.events),
        )
        return cls(kept, before)

    def resolve(self, changes: ResolutionChanges) -> None:
        """This was resolved."""
        self.assigned.update(record.key for record in changes.records)
        self.refused.update(map(_link, changes.observations))
        self.judged.update(changes.generic)
        self.moves += changes.moves

    @property
    def made(self) -> set[Identifier]:
        """Identifiers without a node."""
        return identifiers_of(self.kept).difference(self.known.identifiers)

    @property
    def links(self) -> set[Link]:
        """Changed edges, new ones too, save those of new records."""
        links = self.refused.union(map(_link, self.kept.observations))
        new = self.new_records
        return {link for link in links if link[0] not in new}

    @property
    def new_records(self) -> set[RecordKey]:
        """Records that were told of and have no node."""
        return {one.key for one in self.kept.records}.difference(self.known.records)


def identifiers_of(kept: EvidenceChanges) -> set[Identifier]:
    """All identifiers that have a node once this is written."""
    return {one.identifier for one in kept.observations}.union(kept.holders)


def records_of(kept: EvidenceChanges) -> set[RecordKey]:
    """All records that have a node once this is written."""
    decided = {key for decision in kept.decisions for key in decision.pair}
    return decided.union(record.key for record in kept.records)


def _link(edge: Observation) -> Link:
    return edge.record, edge.identifier
