"""What segments need of a store to know what accounts are, and who has to do with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_kernel.accounts.links import AccountState
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.accounts.seen import Said
from c360_kernel.record import RecordKey


class Linked(NamedTuple):
    """Some records of persons, and the place from which the next are read; "" of no more."""

    records: Sequence[RecordKey]
    after: str


class Accounts(Protocol):
    """What is known of accounts that are named."""

    async def accounts(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountState]:
        """Of which account these records are; what was not told of is left out."""
        ...

    async def account_records(self, accounts: Collection[str]) -> Mapping[str, Said]:
        """The records of these accounts, each with what may hold of it, if only nothing yet."""
        ...


class AccountUnit(Accounts, Protocol):
    """What a unit of work does with accounts."""

    async def said_of_accounts(
        self, keys: Collection[RecordKey]
    ) -> Mapping[RecordKey, tuple[AccountSaid, ...]]:
        """What may hold of these records of accounts; unknown ones are left out."""
        ...

    async def linked_to(self, account: RecordKey, after: str, limit: int) -> Linked:
        """The next records of persons that have to do with this one of an account, at whatever
        time, each once; "" starts."""
        ...
