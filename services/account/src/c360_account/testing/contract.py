"""The contract of every AccountStore adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

import pytest
import pytest_asyncio
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.topics import ACCOUNTS
from c360_kernel.payload import AccountAssigned
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.origin import expect_claimed_once
from c360_kernel.version import Version

from c360_account.domain.counting import AccountName
from c360_account.emission import restate
from c360_account.handlers.handler import AccountHandler
from c360_account.store.port import AccountStore
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
    profile_entry,
)

_TOGETHER = 20
OpenStore = Callable[[], AccountStore]
_A, _B, _C = (RecordKey("crm", key) for key in "abc")
_P, _Q = RecordKey("crm", "p"), RecordKey("erp", "王/小明")


class Interrupted(Exception):
    """Raised inside a unit to see that nothing of it is kept."""


async def feed(store: AccountStore, entries: Iterable[Entry]) -> None:
    """Let the handler take a batch, and do what is due by it."""
    async with store.unit() as unit:
        await AccountHandler(CATALOG, ACCOUNT_ID).handle(unit, list(entries))
    await wake(store)


async def wake(store: AccountStore, at: int = 0) -> None:
    """Let it be so late (ms UTC), and the handler do what is due."""
    async with store.unit() as unit:
        await unit.tick(at)
    is_due = True
    while is_due:
        async with store.unit() as unit:
            due = await unit.take_due(_TOGETHER)
            is_due = bool(due)
            if due:
                await AccountHandler(CATALOG, ACCOUNT_ID).wake(unit, due)


class AccountStoreContract:
    """Subclass and override `open_store`: each call opens a fresh, empty store."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Open the store under test."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[AccountStore]:
        """The store under test, closed after the test."""
        store = open_store()
        yield store
        await store.close()

    async def test_it_belongs_to_what_it_was_fed_from_first(self, store: AccountStore) -> None:
        await expect_claimed_once(store)

    async def test_a_record_reads_back_as_it_was_said(self, store: AccountStore) -> None:
        traits = {"name": "ACME", "employees": 3, "brands": ("x", "y")}
        carried = {"number": "N-1001"}
        await feed(store, [account_entry("crm/a", 5, carried, traits=traits, parent="crm/b")])
        (account,) = await store.page("", 10)
        ((record,),) = (await store.records_of([account, "nobody"])).values()
        assert (record.key, record.seed, record.live) == (_A, _A, True)
        assert record.said.payload.traits == traits
        assert record.said.payload.parent == _B
        assert account == ACCOUNT_ID(_A)

    async def test_accounts_are_found_by_records_and_ids(self, store: AccountStore) -> None:
        shared = {"number": "N-1001"}
        await feed(store, [account_entry("crm/a", 1, shared), account_entry("crm/b", 2, shared)])
        await feed(store, [account_entry("crm/c", 3)])
        one, other = ACCOUNT_ID(_A), ACCOUNT_ID(_C)
        assert await store.page("", 10) == sorted([one, other])
        assert await store.page(max(one, other), 10) == []
        assert await store.accounts_of([_A, _B, _C, _P]) == {_A: one, _B: one, _C: other}
        ids = [one, ACCOUNT_ID(_B), other, "nobody"]
        assert await store.present(ids) == {one: one, ACCOUNT_ID(_B): one, other: other}
        assert [r.key for r in (await store.records_of([one]))[one]] == [_A, _B]

    async def test_the_id_of_a_deleted_record_leads_to_who_carries_the_same(
        self, store: AccountStore
    ) -> None:
        shared = {"number": "N-1001"}
        await feed(store, [account_entry("crm/a", 1, shared), account_entry("crm/b", 2, shared)])
        await feed(store, [account_entry("crm/a", 3, revision=2, deleted=True)])
        assert await store.present([ACCOUNT_ID(_A)]) == {ACCOUNT_ID(_A): ACCOUNT_ID(_B)}
        await feed(store, [account_entry("crm/b", 4, revision=2)])
        assert await store.present([ACCOUNT_ID(_A)]) == {}

    async def test_identifiers_are_those_of_now(self, store: AccountStore) -> None:
        await feed(store, [account_entry("crm/a", 1, {"number": "N-1001", "domain": "a.org"})])
        await feed(store, [account_entry("crm/a", 2, {"number": "N-1002"}, revision=2)])
        found = {key: list(one) for key, one in (await store.identifiers_of([_A, _B])).items()}
        assert found == {_A: [Identifier("number", "N-1002")]}

    async def test_links_are_found_by_both_ends(self, store: AccountStore) -> None:
        one = link_entry("crm/l1", 1, "crm/p", "crm/a", role="champion", influence=4)
        other = link_entry("crm/l2", 2, str(_Q), "crm/b")
        await feed(store, [one, other])
        (held,) = await store.links_between([_A], [])
        assert (held.said.person, held.said.role, held.said.influence) == (_P, "champion", 4)
        assert [one.said.link.key for one in await store.links_between([], [_Q])] == ["l2"]
        assert len(await store.links_between([_A, _B], [_P, _Q])) == 2
        await feed(store, [link_entry("crm/l1", 3, "crm/p", "crm/a", revision=2, deleted=True)])
        assert await store.links_between([_A], [_P]) == []

    async def test_customers_are_found_by_their_records(self, store: AccountStore) -> None:
        await feed(store, [person_entry("crm/p", "c1"), person_entry(str(_Q), "c1", 3)])
        await feed(store, [person_entry(str(_Q), "c2", 2)])
        assert await store.customers_of([_P, _Q, _A]) == {_P: "c1", _Q: "c1"}
        assert await store.persons_of(["c1", "c2"]) == {"c1": [_P, _Q]}
        await feed(store, [person_entry("crm/p", "", 1)])
        assert await store.customers_of([_P]) == {}

    async def test_of_events_is_kept_what_is_read_and_the_first_counts(
        self, store: AccountStore
    ) -> None:
        later = event_entry("crm/p", 9, amount=2.0, note="x")
        first = event_entry("crm/p", 8, amount=1.0, note="x", company=" N-1001 ", at=3)
        await feed(store, [later])
        await feed(store, [first])
        await feed(store, [later, event_entry("crm/p", 7, "m2", "unknown")])
        (found,) = await store.counted([_P], [], 10)
        assert (found.occurred_at, dict(found.properties)) == (3, {"amount": 1.0})
        assert found.account == AccountName("number", "", "N-1001")

    async def test_events_are_found_by_records_and_by_what_they_name(
        self, store: AccountStore
    ) -> None:
        visit = event_entry("crm/p", 2, "m2", "visit", site="a")
        await feed(store, [event_entry(str(_Q), 1, company="N-1001"), visit])
        number, key = AccountName("number", "", "N-1001"), AccountName("", "crm", "a")
        assert [one.name for one in await store.counted([], [number], 10)] == ["order"]
        assert [one.account for one in await store.counted([], [key], 10)] == [key]
        assert [one.record for one in await store.counted([_P], [key], 10)] == [_P]
        assert len(await store.counted([_P, _Q], [number, key], 10)) == 2
        assert len(await store.counted([_P, _Q], [number, key], 1)) == 1
        assert await store.counted([], [], 10) == []

    async def test_what_an_event_names_is_the_account_of_now(self, store: AccountStore) -> None:
        number, key = AccountName("number", "", "N-1001"), AccountName("", "crm", "b")
        nobody = AccountName("number", "", ""), AccountName("", "erp", "b")
        assert await store.named([number, key, *nobody]) == {}
        await feed(store, [account_entry("crm/b", 2, {"number": "N-1001"})])
        assert await store.named([number, key, *nobody]) == dict.fromkeys(
            [number, key], ACCOUNT_ID(_B)
        )
        await feed(store, [account_entry("crm/b", 3, revision=2, deleted=True)])
        assert await store.named([number, key]) == {}

    async def test_an_identifier_of_two_accounts_names_that_of_the_oldest_record(
        self, store: AccountStore
    ) -> None:
        apart = [{"number": "N-1001", "code": code} for code in ("C-1", "C-2")]
        await feed(
            store, [account_entry("crm/b", 1, apart[0]), account_entry("crm/a", 2, apart[1])]
        )
        assert len(await store.page("", 10)) == 2
        number = AccountName("number", "", "N-1001")
        assert await store.named([number]) == {number: ACCOUNT_ID(_B)}

    async def test_traits_of_customers_are_those_told_last(self, store: AccountStore) -> None:
        await feed(store, [profile_entry("c1", 2, spent=2.0, city="x")])
        await feed(store, [profile_entry("c1", 1, spent=1.0), profile_entry("c2", 0, stage="a")])
        assert await store.traits_of(["c1", "c2", "c3"]) == {
            "c1": {"spent": 2.0},
            "c2": {"stage": "a"},
        }
        await feed(store, [profile_entry("c1", 3)])
        await feed(store, [profile_entry("c1", 2, spent=2.0)])
        assert dict(await store.traits_of(["c1"])) == {"c1": {}}

    async def test_what_is_below_is_found(self, store: AccountStore) -> None:
        entries = [
            account_entry(key, n, parent="crm/a") for n, key in enumerate(["crm/b", "crm/c"])
        ]
        await feed(store, entries)
        assert await store.below([_A]) == [_B, _C]
        await feed(store, [account_entry("crm/b", 5, revision=2)])
        assert await store.below([_A]) == [_C]

    async def test_nothing_of_a_failed_unit_is_kept(self, store: AccountStore) -> None:
        before = await store.digest()
        with pytest.raises(Interrupted):
            async with store.unit() as unit:
                entries = [account_entry("crm/a", 1), person_entry("crm/p", "c1")]
                await AccountHandler(CATALOG, ACCOUNT_ID).handle(unit, entries)
                await unit.advance({Partition(ACCOUNTS, 0): 0}, {Partition(ACCOUNTS, 0): 1})
                raise Interrupted
        assert await store.digest() == before
        assert await store.positions() == {}
        assert await store.outgoing(10) == []

    async def test_holders_are_no_more_than_asked_for(self, store: AccountStore) -> None:
        shared = {"number": "N-1001"}
        await feed(store, [account_entry(f"crm/{n}", n, shared) for n in range(5)])
        async with store.unit() as unit:
            number, other = Identifier("number", "N-1001"), Identifier("number", "N-1002")
            assert len((await unit.holders([number, other], 3))[number]) == 3
            assert (await unit.holders([other], 3)) == {}

    async def test_assignments_are_told_once(self, store: AccountStore) -> None:
        entry = account_entry("crm/a", 1, {"number": "N-1001"})
        await feed(store, [entry])
        await feed(store, [entry])
        (outgoing,) = await store.outgoing(10)
        assert outgoing.entry.id == "account-identities:crm/a:0.1"
        emitted = [one async for one in store.emissions()]
        assert emitted == [AccountAssigned(_A, ACCOUNT_ID(_A), Version(0, 0))]

    async def test_restating_outranks_what_was_told(self, store: AccountStore) -> None:
        await feed(store, [account_entry("crm/a", 1)])
        gone = AccountAssigned(_B, "", Version(0, 9))
        async with store.unit() as unit:
            await restate(unit, [AccountAssigned(_A, ACCOUNT_ID(_A), Version(0, 1)), gone])
            assert (await unit.records([_A]))[_A].version == 2
        ids = [one.entry.id for one in await store.outgoing(10)]
        assert ids[1:] == ["account-identities:crm/a:0.2", "account-identities:crm/b:0.0"]

    async def test_counts_say_how_much_is_held(self, store: AccountStore) -> None:
        shared = {"number": "N-1001"}
        await feed(store, [account_entry("crm/a", 1, shared), account_entry("crm/b", 2, shared)])
        await feed(store, [link_entry("crm/l1", 3, "crm/p", "crm/a"), person_entry("crm/p", "c1")])
        await feed(store, [account_entry("crm/c", 4), person_entry("crm/q", "")])
        await feed(store, [event_entry("crm/p", 5), event_entry("crm/p", 6, "m2")])
        assert await store.counts() == {
            "records": 3, "accounts": 2, "links": 1, "persons": 1, "events": 2,
        }  # fmt: skip

    async def test_the_digest_tells_what_differs(self, store: AccountStore) -> None:
        digests = [await store.digest()]
        for entry in (
            account_entry("crm/a", 1, {"number": "N-1001"}),
            account_entry("crm/b", 2, {"number": "N-1001"}),
            account_entry("crm/b", 3, {"number": "N-1002"}, revision=2),
            link_entry("crm/l1", 4, "crm/p", "crm/a"),
            link_entry("crm/l1", 5, "crm/p", "crm/a", revision=2, role="champion"),
            person_entry("crm/p", "c1"),
            event_entry("crm/p", 6, amount=1.0),
            event_entry("crm/p", 7, "m2", company="N-1001"),
            event_entry("crm/p", 8, "m3", company="N-1002"),
            profile_entry("c1", 1, spent=2.0),
            profile_entry("c1", 2, spent=3.0),
        ):
            await feed(store, [entry])
            digests.append(await store.digest())
        assert len(set(digests)) == len(digests)

    async def test_a_record_is_replaced_whole(self, store: AccountStore) -> None:
        await feed(store, [account_entry("crm/a", 1)])
        async with store.unit() as unit:
            held = (await unit.records([_A]))[_A]
            await unit.keep_records([replace(held, version=7)])
            assert (await unit.records([_A, _B])) == {_A: replace(held, version=7)}
