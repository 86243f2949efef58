"""What is kept of accounts: links to them, their records, and what filters see of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_kernel.conditions.tree import Values
from c360_kernel.record import RecordKey

from c360_profile.domain.acting import AccountRecords, Links


class Kept(NamedTuple):
    """All that a store keeps of accounts, for what is compared: `values` by the id of each."""

    links: Links
    records: AccountRecords
    values: Mapping[str, Values]


class AccountUnit(Protocol):
    """What a unit of work does with accounts. Reads see what the same unit keeps."""

    async def links(self, keys: Collection[RecordKey]) -> Links:
        """What may hold of these links; unknown ones are left out."""
        ...

    async def keep_links(self, links: Links) -> None:
        """Put what was said of links in the place of what is there."""
        ...

    async def account_records(self, keys: Collection[RecordKey]) -> AccountRecords:
        """What is known of these records of accounts; unknown ones are left out."""
        ...

    async def keep_account_records(self, records: AccountRecords) -> None:
        """Put what is known of records in the place of what is there."""
        ...

    async def records_of_accounts(self, accounts: Collection[str]) -> Mapping[str, AccountRecords]:
        """The records that these accounts have now; those without any are left out."""
        ...

    async def keep_accounts(self, values: Mapping[str, Values | None]) -> None:
        """Let filters see this of accounts, of whose records it was made; None: there is none.

        The records of each have to be read in the same unit, by `records_of_accounts`.
        """
        ...


class AccountPages(Protocol):
    """All accounts."""

    async def account_ids(self, after: str, limit: int) -> Sequence[str]:
        """The first ids of accounts after one."""
        ...

    async def accounts_kept(self) -> Kept:
        """All that is kept of accounts: they are few beside customers."""
        ...
