"""What holds in every adapter, whatever comes in.

All that is merged and taken apart again leaves nothing behind, and everything is what the model
has.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from c360_kernel.log.entry import Entry
from c360_kernel.record import RecordKey
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from c360_account.store.answers import Answers
from c360_account.store.port import AccountStore
from c360_account.testing.contract import OpenStore, feed, wake
from c360_account.testing.entries import (
    ACCOUNT_ID,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
    profile_entry,
    worlds,
)
from c360_account.testing.memory import MemoryAccountStore
from c360_account.testing.shown import expect_told, shown

_FEW = settings(
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
_DAY = 86_400_000
_MOMENTS = (1, 25, 43, 44, 45, _DAY + 41, _DAY + 43, _DAY + 46, 2 * _DAY)
"""Before, between and after what links and events of worlds say, and a window after these."""
_PEOPLE = ("crm/p", "erp/p", "erp/q")
_BRIDGE = {"number": "N-2001", "domain": "one.example.org"}


def two_accounts() -> Sequence[Entry]:
    """Two accounts with people, links and events of their own."""
    return [
        account_entry("crm/a", 1, {"number": "N-1001"}, traits={"name": "ACME", "employees": 5}),
        account_entry("erp/b", 2, {"domain": "acme.example.org"}, traits={"employees": 9}),
        link_entry("crm/l1", 3, "crm/p", "crm/a", kind="decision", role="champion"),
        link_entry("erp/l2", 4, "erp/q", "erp/b", reports_to="crm/p"),
        event_entry("crm/p", 5, amount=0.1),
        event_entry("erp/q", 6, amount=0.2),
        event_entry("erp/q", 7, "m2", amount=0.3, company="N-1001"),
        profile_entry("c1", spent=3.0, stage="active"),
        profile_entry("c2", spent=5.0, stage="active"),
        person_entry("crm/p", "c1"),
        person_entry("erp/q", "c2"),
        person_entry("erp/r", "c3"),
    ]


class LawsContract:
    """Beside `AccountStoreContract`, whose `store` and `open_store` it uses."""

    @_FEW
    @given(
        world=worlds(),
        seed=st.integers(0, 2**16),
        batches=st.integers(1, 4),
        ticks=st.lists(st.sampled_from(_MOMENTS), max_size=3).map(sorted),
    )
    async def test_any_entries_in_any_order_come_to_what_the_model_has(
        self,
        open_store: OpenStore,
        world: Sequence[Entry],
        seed: int,
        batches: int,
        ticks: Sequence[int],
    ) -> None:
        model, store = MemoryAccountStore(ACCOUNT_ID), open_store()
        await feed(model, world)
        mixed = random.Random(seed).sample(world, len(world))
        for number in range(batches):
            await feed(store, mixed[number::batches])
            await expect_told(store)
        assert await store.digest() == await model.digest()
        assert await store.counts() == await model.counts()
        assert await shown(store) == await shown(model)
        for at in (0, *ticks):
            await wake(store, at)
            await wake(model, at)
            await expect_told(store)
            assert await store.digest() == await model.digest()
        await store.close()

    async def test_merging_accounts_and_taking_it_back_gives_back_all_of_it(
        self, store: AccountStore
    ) -> None:
        await feed(store, two_accounts())
        before, digest = await shown(store), await store.digest()
        both = {"number": "N-1001", "domain": "acme.example.org"}
        await feed(store, [account_entry("erp/b", 10, both, revision=2, traits={"employees": 9})])
        (merged,) = await store.page("", 10)
        members = (await Answers(store).members([merged]))[merged]
        assert [one.customer for one in members] == ["c1", "c2"]
        own = {"domain": "acme.example.org"}
        await feed(store, [account_entry("erp/b", 11, own, revision=3, traits={"employees": 9})])
        assert await shown(store) == before
        await expect_told(store)
        assert await store.digest() == digest

    async def test_merging_customers_and_taking_it_back_gives_back_all_of_it(
        self, store: AccountStore
    ) -> None:
        joined = link_entry("erp/l3", 5, "erp/q", "crm/a", kind="decision", role="champion")
        await feed(store, [*two_accounts(), joined])
        before, digest = await shown(store), await store.digest()
        await feed(store, [person_entry("erp/q", "c1", 1)])
        account = ACCOUNT_ID(RecordKey("crm", "a"))
        (champion,) = (await Answers(store).members([account]))[account]
        assert (champion.customer, champion.sources) == ("c1", ("crm", "erp"))
        await feed(store, [person_entry("erp/q", "c2", 2)])
        assert await shown(store) == before
        await expect_told(store)
        assert await store.digest() == digest

    @_FEW
    @given(world=worlds(), moved=st.sampled_from(_PEOPLE), other=st.sampled_from(["c1", "c9"]))
    async def test_any_person_that_moves_and_comes_back_leaves_nothing(
        self, open_store: OpenStore, world: Sequence[Entry], moved: str, other: str
    ) -> None:
        store, key = open_store(), RecordKey.parse(moved)
        await feed(store, world)
        before, digest = await shown(store), await store.digest()
        home = (await store.customers_of([key])).get(key, "")
        await feed(store, [person_entry(moved, other, 50)])
        await feed(store, [person_entry(moved, home, 51)])
        assert await shown(store) == before
        await expect_told(store)
        assert await store.digest() == digest
        await store.close()

    @_FEW
    @given(world=worlds())
    async def test_any_accounts_that_a_record_joins_are_as_before_when_it_has_gone(
        self, open_store: OpenStore, world: Sequence[Entry]
    ) -> None:
        store = open_store()
        await feed(store, world)
        before = await shown(store)
        await feed(store, [account_entry("erp/bridge", 90, _BRIDGE)])
        await feed(store, [account_entry("erp/bridge", 91, revision=2, deleted=True)])
        assert await shown(store) == before
        await expect_told(store)
        await store.close()
