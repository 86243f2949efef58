"""An `AccountReader` for callers who are told of some customers only: it tells of no account.

What an account says of those who are hidden, by its mere being there, its roles and its numbers, is
not worked out, and so nothing is told rather than guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.scope import Scope
from typing_extensions import override

from c360_account.domain.counting import AccountName, CountedEvent
from c360_account.domain.model import AccountRecord, HeldLink
from c360_account.store.port import AccountReader


def within(reader: AccountReader, scope: Scope) -> AccountReader:
    """What a reader tells to a caller of this scope; for one operation."""
    return reader if scope == EVERYBODY else ScopedReader()


class ScopedReader(AccountReader):
    """Tells of nothing."""

    @override
    async def present(self, ids: Collection[str]) -> Mapping[str, str]:
        return {}

    @override
    async def page(self, after: str, size: int) -> Sequence[str]:
        return ()

    @override
    async def records_of(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        return {}

    @override
    async def accounts_of(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        return {}

    @override
    async def identifiers_of(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        return {}

    @override
    async def below(self, records: Collection[RecordKey]) -> Collection[RecordKey]:
        return ()

    @override
    async def links_between(
        self, accounts: Collection[RecordKey], persons: Collection[RecordKey]
    ) -> Sequence[HeldLink]:
        return ()

    @override
    async def customers_of(self, persons: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        return {}

    @override
    async def persons_of(self, customers: Collection[str]) -> Mapping[str, Sequence[RecordKey]]:
        return {}

    @override
    async def counted(
        self, persons: Collection[RecordKey], names: Collection[AccountName], most: int
    ) -> Sequence[CountedEvent]:
        return ()

    @override
    async def named(self, names: Collection[AccountName]) -> Mapping[AccountName, str]:
        return {}

    @override
    async def traits_of(self, customers: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        return {}
