"""The ProfileStore port.

Three kinds of document: records (by source and key), events (by source and message id),
customers (by id); beside them what is known of accounts. A save of one document can be repeated
alone: events and archived revisions keep whichever entry was stamped first, records and customers
compare the counter they were read with. What a customer's change causes on the log is saved with
that customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.log.entry import NewEntry
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.schedule import TimedUnit
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.fold import Folds
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said
from c360_profile.domain.search.search import Found, Search, Texts
from c360_profile.domain.tagging import Tagged, Tagging
from c360_profile.store.accounts import AccountPages, AccountUnit
from c360_profile.store.quality import Recount


class Archived(NamedTuple):
    """A revision of a record that leads neither scale of its revisions."""

    record: RecordKey
    revision: Revision


class CustomerChange(NamedTuple):
    """A customer's next state and the entries that tell it."""

    customer: Customer
    entries: tuple[NewEntry, ...]


class ProfileLookups(Protocol):
    """Reads by key that folding and answering share. Unknown keys are left out."""

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """Records by key."""
        ...

    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        """Customers by id, ended ones too."""
        ...

    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        """Per customer all records that belong or ever belonged to it, in no particular order."""
        ...


class Happenings(Protocol):
    """What computed traits are made of."""

    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        """By record its events of these names, in no particular order."""
        ...

    async def present(self) -> int:
        """The latest tick that was taken (ms UTC), 0 before any."""
        ...


class Taggings(Protocol):
    """Everything that was ever said of tags."""

    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        """By record, in no particular order; of what was sent again what was stamped first.

        In a unit: as it was when the unit began at least.
        """
        ...


class TagUnit(Taggings, Protocol):
    """What a unit of work does with tags."""

    async def keep_taggings(self, tagged: Sequence[Tagged]) -> None:
        """Keep what is said of tags; of several with one name the one stamped first."""
        ...


class Objects(Protocol):
    """What is known of objects that are named."""

    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        """Objects by name, deleted ones too. Unknown names are left out."""
        ...


class ObjectPages(Objects, Protocol):
    """All objects."""

    async def object_page(self, after: ObjectName, limit: int) -> Sequence[KnownObject]:
        """The first objects after a name, by type and key, deleted ones too."""
        ...


class Reference(NamedTuple):
    """Events of these names whose property holds this key."""

    property: str
    key: str
    events: frozenset[str]


class ObjectUnit(Objects, Protocol):
    """What a unit of work does with objects."""

    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        """Keep what is said of objects; of what is said of one, what was observed last."""
        ...

    async def referring(self, reference: Reference, after: str, limit: int) -> Sequence[RecordKey]:
        """The first records, after that of this name, on which there are such events; by name.

        As it was when the unit began at least.
        """
        ...


class Counts(Protocol):
    """What is counted of the quality of data."""

    async def cells(self, names: Collection[str]) -> Mapping[str, str]:
        """The texts of cells by name (`c360_profile.domain.quality.cells`). Empty ones are left
        out.
        """
        ...


class CountUnit(Protocol):
    """What a unit of work does with what is counted."""

    async def recount(self, wanted: Recount) -> None:
        """Count records and customers as they are said to count now, and tell what crosses a bound.

        They have to be saved in the same unit, or before; once in a unit.
        """
        ...


class ArchiveUnit(Protocol):
    """What a unit of work does with superseded revisions."""

    async def archive(self, revisions: Sequence[Archived]) -> None:
        """Keep superseded revisions; of several with one number and content the first stamped."""
        ...

    async def archived(
        self, names: Collection[RevisionName]
    ) -> Mapping[RevisionName, Sequence[Revision]]:
        """The archived revisions at these numbers, as they were when the unit began at least."""
        ...

    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        """Archived revisions by record, as they were when the unit began at least, with its own."""
        ...


class ProfileUnit(
    TimedUnit,
    ProfileLookups,
    TagUnit,
    ObjectUnit,
    AccountUnit,
    Happenings,
    CountUnit,
    ArchiveUnit,
    Protocol,
):
    """One unit of work. Reads see what the same unit saved."""

    epoch: int
    """The epoch of the versions given in this unit."""

    folds: Folds
    """What earlier units folded, if nobody else can have changed a record since; else none."""

    async def keep_events(self, events: Sequence[Event]) -> None:
        """Keep events; of several with one name the one stamped first."""
        ...

    async def kept_events(self, names: Collection[EventName]) -> Mapping[EventName, Event]:
        """The events that are kept under these names."""
        ...

    async def keep_answers(self, answers: Sequence[Given]) -> None:
        """Keep answers to consents; of several that say the same the one stamped first."""
        ...

    async def save_records(self, records: Sequence[SourceRecord]) -> None:
        """Save records as their next edition; `Conflict` if one was saved since it was read."""
        ...

    async def save_customers(self, changes: Sequence[CustomerChange]) -> None:
        """Save customers and what they cause; `Conflict` if a counter does not follow on."""
        ...

    async def seek_by(self, texts: Mapping[str, Texts]) -> None:
        """Let customers be found by these texts from now on, and by no others."""
        ...

    async def fold_by(self, catalog: str) -> None:
        """Note by the catalog of which digest the customers are now folded."""
        ...


class ProfileExcerpts(Protocol):
    """What whole records need not be read for, where a customer has many."""

    async def answering(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        """Per customer its present records on which a consent was answered."""
        ...

    async def said_now(self, customers: Collection[str]) -> Mapping[str, Sequence[Said]]:
        """Per customer what its present records say now: of each the parts that hold."""
        ...


class Timelines(Protocol):
    """What happened on the present records of customers."""

    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        """Per customer the events of its present records in a window, newest first."""
        ...

    async def event_counts(self, customers: Collection[str], window: Window) -> Mapping[str, int]:
        """Per customer how many events a window without a limit has; none is left out."""
        ...


class ProfileReader(
    ProfileLookups,
    ProfileExcerpts,
    Timelines,
    Taggings,
    Happenings,
    ObjectPages,
    Counts,
    Protocol,
):
    """What answering a query needs."""

    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        """The first (or last) live customers that a query asks for, in its order."""
        ...

    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        """The first live customers that a search finds, the exact ones before the others."""
        ...

    async def count(self, condition: ValueCondition) -> int:
        """How many live customers meet a condition."""
        ...

    async def matching(self, condition: ValueCondition) -> Collection[str]:
        """The ids of all live customers that meet a condition, in no particular order."""
        ...

    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        """Archived revisions by record."""
        ...

    async def answers(self, records: Collection[RecordKey]) -> Mapping[RecordKey, Sequence[Given]]:
        """Every answer to consents by record, in no particular order."""
        ...


class ProfileStore(ServiceStore, ProfileReader, AccountPages, Protocol):
    """The whole store of the profile service."""

    def unit(self) -> AbstractAsyncContextManager[ProfileUnit]:
        """Open a unit of work."""
        ...

    async def folded_by(self) -> str | None:
        """What `fold_by` noted last."""
        ...

    async def refer_by(self, properties: Collection[str]) -> None:
        """Let events be found by what these properties hold, and by no others, without a search."""
        ...
