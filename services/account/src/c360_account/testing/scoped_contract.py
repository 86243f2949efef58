"""What every adapter tells to a caller who is told of some customers only: nothing."""

from __future__ import annotations

from c360_kernel.conditions.tree import EVERYBODY, ValueTest
from c360_kernel.record import RecordKey

from c360_account.store.port import AccountStore
from c360_account.store.scoped import within
from c360_account.testing.contract import feed
from c360_account.testing.entries import ACCOUNT_ID, account_entry, link_entry, person_entry

_A, _P = RecordKey("crm", "a"), RecordKey("crm", "p")
_SOME = ValueTest("team", "equals", "east")


class ScopedReadingContract:
    """Beside `AccountStoreContract`, whose `store` it uses."""

    async def test_who_is_told_of_some_is_told_of_no_account(self, store: AccountStore) -> None:
        linked = link_entry("crm/l1", 3, "crm/p", "crm/a")
        await feed(store, [account_entry("crm/a", 1, {"number": "N-1"}), linked])
        await feed(store, [person_entry("crm/p", "c1"), account_entry("crm/b", 2, parent="crm/a")])
        reader, id_ = within(store, _SOME), ACCOUNT_ID(_A)
        assert not await reader.present([id_])
        assert not await reader.page("", 9)
        assert not await reader.records_of([id_])
        assert not await reader.accounts_of([_A])
        assert not await reader.identifiers_of([_A])
        assert not await reader.below([_A])
        assert not await reader.links_between([_A], [_P])
        assert not await reader.customers_of([_P])
        assert not await reader.persons_of(["c1"])

    async def test_who_is_told_of_everybody_is_told_all(self, store: AccountStore) -> None:
        await feed(store, [account_entry("crm/a", 1)])
        assert within(store, EVERYBODY) is store
