"""The SegmentStore port: what folding the log and answering queries need of a store.

Customers carry dense numbers, given in the order they are first saved, so that a
segment is one roaring bitmap and set algebra on segments is algebra on bitmaps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from c360_kernel.accounts.links import AccountState, Link, LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.payload import MembershipChanged
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.schedule import TimedUnit
from c360_kernel.record import RecordKey
from c360_kernel.scope import ScopeValues
from c360_kernel.version import Version
from pyroaring import FrozenBitMap

from c360_segment.domain.known import Known
from c360_segment.domain.live import SavedSegments
from c360_segment.domain.past import Past, Telling
from c360_segment.domain.performed import Performed
from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Looked,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.told import Stretch, Told
from c360_segment.store.accounts import Accounts, AccountUnit
from c360_segment.store.objects import ObjectReader, ObjectUnit


class Definitions(NamedTuple):
    """Under which segment definitions a store was filled; see `Segments`."""

    fingerprint: str = ""
    counting: str = ""
    told_of: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changed. Events and records replace what is kept under their key; `past` is
    kept beside what is there of these customers.

    Of a version of a segment that is kept already the smaller stamp holds. `latest` is the greatest
    stamp of the batch.
    """

    events: Mapping[EventName, SeenEvent] = field(default_factory=dict[EventName, SeenEvent])
    records: Mapping[RecordKey, RecordState] = field(default_factory=dict[RecordKey, RecordState])
    profiles: Mapping[str, ProfileState] = field(default_factory=dict[str, ProfileState])
    latest: str = ""
    saved: Sequence[SavedSegment] = ()
    told: Sequence[Told] = ()
    past: Mapping[str, Sequence[Telling]] = field(default_factory=dict[str, Sequence[Telling]])
    links: Mapping[RecordKey, tuple[LinkSaid, ...]] = field(
        default_factory=dict[RecordKey, tuple[LinkSaid, ...]]
    )
    accounts: Mapping[RecordKey, AccountState] = field(
        default_factory=dict[RecordKey, AccountState]
    )
    account_said: Mapping[RecordKey, tuple[AccountSaid, ...]] = field(
        default_factory=dict[RecordKey, tuple[AccountSaid, ...]]
    )


class DefinedUnit(Protocol):
    """What bringing a store up to changed definitions needs of a unit beside its reads by key."""

    async def scan_events(
        self, after: EventName | None, limit: int
    ) -> Sequence[tuple[EventName, SeenEvent]]:
        """The next events in the order of their names."""
        ...

    async def scan_customers(self, after: str, limit: int) -> Sequence[str]:
        """The next customer ids in their order; "" starts."""
        ...

    async def count_customers(self) -> int:
        """How many these are."""
        ...

    async def definitions(self) -> Definitions:
        """What the store was filled under."""
        ...

    async def redefine(self, definitions: Definitions) -> None:
        """Note new definitions. Counts made under another `counting` are all forgotten."""
        ...


class StandingUnit(Protocol):
    """Who is in what, and how they were looked at for it."""

    async def inside(
        self, wanted: Mapping[str, Collection[str] | None]
    ) -> Mapping[str, frozenset[str]]:
        """Which of these segments (None: of all) each of these customers, who are known, is in."""
        ...

    async def versions(
        self, pairs: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Version]:
        """The version that a (customer, segment) was last told under; of what never was, none."""
        ...

    async def keep_memberships(self, memberships: Mapping[tuple[str, str], Membership]) -> None:
        """Keep the membership of (customer, segment) pairs."""
        ...

    async def keep_looks(self, looks: Mapping[str, Looked | None]) -> None:
        """Keep how these customers, who are known, were looked at."""
        ...


class LinkedUnit(AccountUnit, Protocol):
    """What customers have to do with accounts."""

    async def links(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, tuple[LinkSaid, ...]]:
        """What may hold of these links; unknown ones are left out."""
        ...

    async def acting(self, customers: Collection[str]) -> Mapping[str, Sequence[Link]]:
        """The links of these customers, of whatever time, to records that are accounts."""
        ...


class SegmentUnit(
    DefinedUnit, StandingUnit, LinkedUnit, SavedSegments, ObjectUnit, TimedUnit, Protocol
):
    """One transaction. Its reads see its own writes."""

    epoch: int
    """The rebuild epoch of versions given now."""

    @property
    def latest(self) -> str:
        """The greatest stamp handled so far, "" before any."""
        ...

    async def events(self, names: Collection[EventName]) -> Mapping[EventName, SeenEvent]:
        """The winners kept under these names; unknown ones are left out."""
        ...

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordState]:
        """The state of these records; unknown ones are left out."""
        ...

    async def customers(self, ids: Collection[str]) -> Mapping[str, CustomerState]:
        """The state of these customers; unknown ones are left out."""
        ...

    async def happened(
        self, wanted: Mapping[str, Collection[str]]
    ) -> Mapping[str, Sequence[Happened]]:
        """Of each of these customers the events of these names on its records, in any order."""
        ...

    async def past(self, customers: Collection[str]) -> Mapping[str, Past]:
        """What is kept of what profiles told of these customers, in any order; who has nothing is
        left out."""
        ...

    async def present(self) -> int:
        """The last tick, ms UTC; 0 before any."""
        ...

    async def save(self, changes: Changes) -> None:
        """Keep changes. A profile no newer than the one kept is dropped."""
        ...


class EverybodyReader(Protocol):
    """What is asked of all customers at once."""

    async def meeting(
        self, condition: ValueCondition, among: FrozenBitMap | None = None
    ) -> FrozenBitMap:
        """The numbers of live customers (None: of all) whose golden traits meet a condition."""
        ...

    async def performing(self, asked: Performed, least: int) -> FrozenBitMap:
        """The numbers of customers, live or not, with at least so many (1 or more) of these."""
        ...

    async def linked(self) -> FrozenBitMap:
        """The numbers of customers, live or not, with links to records that are accounts, of
        whatever time."""
        ...

    async def later(self, names: Collection[str], than: int) -> FrozenBitMap:
        """The numbers of customers, live or not, with events of these names that are stamped later
        (ms UTC)."""
        ...

    async def present(self) -> int:
        """The last tick, ms UTC; 0 before any."""
        ...


class SegmentReader(EverybodyReader, ScopeValues, ObjectReader, Accounts, Protocol):
    """What answering a query needs. Values of customers are the golden traits of live ones."""

    async def members(self, segment: str) -> FrozenBitMap:
        """The numbers of a segment's members; empty for an unknown segment."""
        ...

    async def customers_of(self, numbers: Iterable[int]) -> Sequence[str]:
        """The customer ids of numbers, in the order asked. Numbers come from `members`."""
        ...

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The segments that each of these customers is in; unknown customers are left out."""
        ...

    async def known(
        self, customers: Collection[str], events: Collection[str]
    ) -> Mapping[str, Known]:
        """What conditions look at of those of these customers who are live, with their events of
        these names."""
        ...

    async def history(self, segment: str, stretch: Stretch) -> Sequence[Told]:
        """What was told of a segment's members, newest first."""
        ...

    async def segments_at(self, customers: Sequence[str], at: int) -> Sequence[Told]:
        """The newest that had been told of each of these customers in each segment by a moment (ms
        UTC): of a pair the greatest version."""
        ...


class SegmentStore(ServiceStore, SegmentReader, SavedSegments, MarkedStore, Protocol):
    """The whole store of the segment service."""

    def unit(self) -> AbstractAsyncContextManager[SegmentUnit]:
        """Open a unit of work: committed on leaving, rolled back on an exception."""
        ...

    def emissions(self) -> AsyncIterator[MembershipChanged]:
        """What would be told of every member, versions ignored."""
        ...
