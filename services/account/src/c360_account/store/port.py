"""The AccountStore port: what folding the log and answering queries need of a store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from c360_kernel.payload import AccountAssigned, AccountLinked, AccountUpserted
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.schedule import TimedStore, TimedUnit
from c360_kernel.record import Identifier, RecordKey, TraitValue

from c360_account.domain.counting import AccountName, CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, Carries, HeldLink, PersonRecord, Said

MOST_HEIRS = 64
"""What more records carry leads from the id of a deleted record to nobody."""
SaidOfRecords = Mapping[RecordKey, Sequence[Said[AccountUpserted]]]
SaidOfLinks = Mapping[RecordKey, Sequence[Said[AccountLinked]]]


class SaidUnit(Protocol):
    """What may still hold of all that sources said, in whatever order it came."""

    async def said_of_records(self, keys: Collection[RecordKey]) -> SaidOfRecords:
        """What may hold of these account records; unknown ones are left out."""
        ...

    async def said_of_links(self, keys: Collection[RecordKey]) -> SaidOfLinks:
        """What may hold of these links; unknown ones are left out."""
        ...

    async def keep_said(self, records: SaidOfRecords, links: SaidOfLinks) -> None:
        """Keep what may hold of records and links, in the place of what is kept of each.

        The link that holds is found by its two records, unless it is deleted.
        """
        ...


class CountedUnit(Protocol):
    """What accounts count of persons."""

    async def events(self, names: Collection[EventName]) -> Mapping[EventName, CountedEvent]:
        """These events; unknown ones are left out."""
        ...

    async def keep_events(self, events: Iterable[CountedEvent]) -> None:
        """Keep events in the place of what is kept under their names."""
        ...

    async def told(self, customers: Collection[str]) -> Mapping[str, ToldTraits]:
        """What was told last of these customers; unknown ones are left out."""
        ...

    async def keep_told(self, told: Mapping[str, ToldTraits]) -> None:
        """Keep what was told."""
        ...


class AccountUnit(SaidUnit, CountedUnit, TimedUnit, Protocol):
    """One transaction. Its reads see its own writes."""

    epoch: int
    """The rebuild epoch of versions given now."""

    @property
    def reader(self) -> AccountReader:
        """What was there before this unit wrote anything, as queries read it."""
        ...

    async def now(self) -> int:
        """The last tick, ms UTC; 0 before any."""
        ...

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountRecord]:
        """These account records; unknown ones are left out."""
        ...

    async def carried(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Carries]:
        """What these records carry, or once did; of a record without any nothing is there."""
        ...

    async def holders(
        self, identifiers: Collection[Identifier], most: int
    ) -> Mapping[Identifier, Sequence[RecordKey]]:
        """The first so many records that carry each identifier now; those of nobody are absent."""
        ...

    async def keep_records(self, records: Iterable[AccountRecord]) -> None:
        """Keep records in the place of what is kept under their keys."""
        ...

    async def keep_carried(self, carries: Mapping[RecordKey, Carries]) -> None:
        """Keep what records carry in the place of what is kept of them."""
        ...

    async def persons(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, PersonRecord]:
        """Whose these records of persons are; unknown ones are left out."""
        ...

    async def keep_persons(self, persons: Mapping[RecordKey, PersonRecord]) -> None:
        """Keep whose records are."""
        ...


class CountedReader(Protocol):
    """What computed traits of accounts need."""

    async def counted(
        self, persons: Collection[RecordKey], names: Collection[AccountName], most: int
    ) -> Sequence[CountedEvent]:
        """The first so many events that were seen on these records or name accounts like this."""
        ...

    async def named(self, names: Collection[AccountName]) -> Mapping[AccountName, str]:
        """The account that each names now, of several that carry an identifier that of the oldest
        record; what names none is left out."""
        ...

    async def traits_of(self, customers: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        """The traits of these customers that are read; of unknown ones nothing is there."""
        ...


class AccountReader(CountedReader, Protocol):
    """What answering a query needs. An account is named by its id, a record by its key."""

    async def present(self, ids: Collection[str]) -> Mapping[str, str]:
        """The account that each id names now; ids that lead nowhere are left out.

        The id of a deleted record leads to the account of the oldest live record that carries what
        it once carried, unless many do.
        """
        ...

    async def page(self, after: str, size: int) -> Sequence[str]:
        """The next accounts in the order of their ids; "" starts."""
        ...

    async def records_of(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        """The live records of accounts, the oldest first; accounts without any are left out."""
        ...

    async def accounts_of(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        """The account of each live record."""
        ...

    async def identifiers_of(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        """What these live records carry now, normalized."""
        ...

    async def below(self, records: Collection[RecordKey]) -> Collection[RecordKey]:
        """The live records that name one of these as their parent."""
        ...

    async def links_between(
        self, accounts: Collection[RecordKey], persons: Collection[RecordKey]
    ) -> Sequence[HeldLink]:
        """The links that hold of one of these account records, or of one of these persons'."""
        ...

    async def customers_of(self, persons: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        """Whose these records of persons are; nobody's are left out."""
        ...

    async def persons_of(self, customers: Collection[str]) -> Mapping[str, Sequence[RecordKey]]:
        """The records of these customers."""
        ...


class AccountStore(ServiceStore, AccountReader, TimedStore[AccountUnit], Protocol):
    """The whole store of the account service."""

    def unit(self) -> AbstractAsyncContextManager[AccountUnit]:
        """Open a unit of work: committed on leaving, rolled back on an exception."""
        ...

    def emissions(self) -> AsyncIterator[AccountAssigned]:
        """The assignment of every live record, versions ignored."""
        ...
