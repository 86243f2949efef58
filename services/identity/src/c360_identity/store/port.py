"""The IdentityGraph port: bulk reads and bulk writes of the evidence graph.

A batch is handled with a fixed number of calls plus one round per level of the
closure it touches, so an adapter may be a server across a network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from c360_kernel.evidence.model import Link, StewardDecision
from c360_kernel.evidence.solver import Edge
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.schedule import TimedUnit
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.scope import ScopeValues

from c360_identity.domain.history import Move
from c360_identity.domain.model import (
    EventName,
    Holding,
    Observation,
    PutAside,
    SourceRecord,
    Statement,
    TrackedEvent,
)
from c360_identity.domain.rule_values import RuleValues
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.matching_port import MatchingDirectory, MatchingGraph


@dataclass(frozen=True, slots=True)
class EvidenceChanges:
    """Evidence to write. Records and observations are new or replace what has their name.

    `holders` says by how much the number of records that actively carry an
    identifier changed, `revisions` all that was put aside at some numbers.
    """

    records: Sequence[SourceRecord] = ()
    observations: Sequence[Observation] = ()
    holders: Mapping[Identifier, int] = field(default_factory=dict[Identifier, int])
    events: Sequence[TrackedEvent] = ()
    revisions: PutAside = field(default_factory=dict[RevisionName, Sequence[Statement]])
    decisions: Sequence[StewardDecision] = ()


@dataclass(frozen=True, slots=True)
class ResolutionChanges:
    """What a solve changed: assignments and plainness of records, refusals, genericness.

    `moves` are of records that had been assigned before. `generic` says of an identifier how many
    anchored components at least carry it (`Holding.anchored`), or None when it is not generic.
    """

    records: Sequence[SourceRecord]
    observations: Sequence[Observation]
    generic: Mapping[Identifier, int | None]
    moves: Sequence[Move] = ()


class Around(NamedTuple):
    """What records actively carry, which of it is refused, and who carries it at all."""

    edges: Sequence[Edge]
    refused: Collection[Link]
    holdings: Mapping[Identifier, Holding]
    """As `IdentityGraph.carriers` tells them."""

    @classmethod
    def of(cls, active: Sequence[Observation], holdings: Mapping[Identifier, Holding]) -> Around:
        """What active observations say of it."""
        edges = [Edge(one.since, one.first_seen, one.identifier, one.record) for one in active]
        return cls(edges, [(o.record, o.identifier) for o in active if o.refused], holdings)


class IdentityReader(Protocol):
    """Reads that the handler and the subgraph share."""

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """Those of these records that were ever seen."""
        ...

    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        """All edges of these records, inactive ones too."""
        ...

    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        """The active edges of these identifiers: one level of a closure."""
        ...

    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        """Who holds each of these identifiers; unknown ones are held by nobody."""
        ...

    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        """All decisions on a pair with one of these records, undos too."""
        ...


class Shortcuts(Protocol):
    """Reads that spare many others where customers are large; a server may leave them out."""

    async def expect(
        self, records: Collection[RecordKey], identifiers: Iterable[Identifier]
    ) -> None:
        """A batch is about these: they will be asked for, one thing after the other."""
        ...

    async def fellows(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        """By one of these the other records of its customer, bare; of any of these, or of none."""
        ...

    async def around(self, records: Collection[RecordKey]) -> Around:
        """What these records actively carry, as `observations_of` and `carriers` tell it."""
        ...

    async def bare(self, records: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """As `records`, but of those not deleted it need not tell what was said of them."""
        ...

    async def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        """The active identifiers of these types of whole customers; any of these, or none."""
        ...


class IdentityGraph(IdentityReader, Shortcuts, MatchingGraph, TimedUnit, Protocol):
    """A unit of work on the evidence graph. Its reads see its writes.

    Several units may be open at once. What one has read no other changes until it ends, so that
    the outcome is as if they had run one after the other. A unit that cannot have that fails
    (`Conflict`, `Transient`) and is run again by whoever opened it.
    """

    epoch: int
    """The rebuild epoch of the versions given in this unit."""

    async def carriers(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        """As `holdings`, but it need not say whose customer each is."""
        ...

    async def events(self, names: Collection[EventName]) -> Mapping[EventName, TrackedEvent]:
        """The winning entries of those of these names that were ever seen."""
        ...

    async def revisions(self, names: Collection[RevisionName]) -> PutAside:
        """What was said at these numbers and put aside; in no particular order."""
        ...

    async def keep(self, changes: EvidenceChanges) -> None:
        """Write evidence, once per unit."""
        ...

    async def resolve(self, changes: ResolutionChanges) -> None:
        """Write what a solve changed of records that are kept."""
        ...

    async def keep_rule_values(self, values: Sequence[RuleValues]) -> None:
        """Keep what profile tells of customers, where it is newer than what is kept."""
        ...

    async def note_outcome(self, entry_id: str, outcome: Outcome, at: int) -> None:
        """Remember for whoever waits what became of an entry of log time `at` (ms UTC).

        Only what is not APPLIED need be noted; the first note stands; notes
        are forgotten after ten minutes of log time, or when there are many.
        """
        ...


class IdentityDirectory(IdentityReader, MatchingDirectory, Protocol):
    """Reads that only the subgraph needs."""

    async def seeds(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        """The records whose customer these ids name or once named."""
        ...

    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        """The records of the customers of these seeds, oldest first; of each `most` at most."""
        ...

    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        """What the records of the customers of these seeds actively carry, each once."""
        ...

    async def moves(self, about: Collection[RecordKey]) -> Sequence[Move]:
        """The moves of these records, and those away from the customers whose seeds they are."""
        ...

    async def refused(self, since: str, skip: int, limit: int) -> Sequence[Observation]:
        """The refused edges first seen at `since` or later, in the order of (first_seen, record,
        identifier), without the first `skip`; `limit` at most."""
        ...

    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        """What is noted of these entries; APPLIED ones are not."""
        ...


class IdentityStore(ServiceStore, IdentityDirectory, ScopeValues, Protocol):
    """The whole store of the identity service. Values of customers are what profile told."""

    def unit(self) -> AbstractAsyncContextManager[IdentityGraph]:
        """Open a unit of work."""
        ...

    async def large(self, least: int) -> Mapping[RecordKey, int]:
        """The customers of at least so many records, by their seeds, and how many each has."""
        ...

    def emissions(self) -> AsyncIterator[RecordAssigned]:
        """Of every record ever seen, the assignment that the present state would state."""
        ...


RECEIPT_LIFE_MS = 600_000
RECEIPTS_KEPT = 100_000
"""An outcome is forgotten after so much log time, or when so many newer ones are noted."""
