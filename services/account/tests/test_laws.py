"""What holds whatever comes in, in whatever order: of accounts, of links and of both together."""

import asyncio
import random

from c360_account.domain.forest import Hierarchy, ParentEdge, hierarchy_of
from c360_account.domain.model import Carried, Carries
from c360_account.domain.partition import seeds_of
from c360_account.domain.saying import carried, composed, holds, said
from c360_account.store.answers import Answers
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    link_entry,
    stamp_of,
    worlds,
)
from c360_account.testing.laws_contract import two_accounts
from c360_account.testing.shown import shown
from c360_kernel.evidence.rules import Rules
from c360_kernel.payload import AccountUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import first_seen, may_hold
from hypothesis import given, settings
from hypothesis import strategies as st

RULES = Rules.of(CATALOG.accounts.identifiers)
_ALL = [RecordKey.parse(one) for one in ("crm/a", "crm/b", "crm/c", "erp/a", "erp/b")]


async def filled(entries, batches=1):
    store = MemoryAccountStore(ACCOUNT_ID)
    size = max(1, -(-len(entries) // batches))
    for begin in range(0, len(entries), size):
        await feed(store, entries[begin : begin + size])
    return store


@settings(max_examples=150, deadline=None)
@given(entries=worlds(), seed=st.integers(0, 2**16), batches=st.integers(1, 4))
async def test_neither_order_nor_batches_nor_repetitions_matter(entries, seed, batches):
    one = await filled(entries)
    mixed = [*entries, *random.Random(seed).sample(entries, len(entries) // 2)]
    random.Random(seed).shuffle(mixed)
    other = await filled(mixed, batches)
    assert await one.digest() == await other.digest()
    assert await shown(one) == await shown(other)


@settings(max_examples=150, deadline=None)
@given(entries=worlds())
async def test_solving_what_is_touched_is_solving_all(entries):
    store = await filled(entries, len(entries))
    async with store.unit() as unit:
        records = await unit.records(_ALL)
        carries = await unit.carried(_ALL)
    seeds = seeds_of(records, carries, (), RULES)
    assert seeds == {key: one.seed for key, one in records.items() if one.live}


@given(seed=st.integers(0, 2**16))
def test_what_a_record_carries_is_known_since_its_first_stamp_in_any_order(seed):
    key, shared = RecordKey("crm", "a"), (Identifier("number", "N-1001"),)
    states = [
        said(AccountUpserted(key, revision, 9, identifiers=shared), stamp_of(stamp))
        for revision, stamp in ((1, 5), (2, 3), (3, 8))
    ]
    random.Random(seed).shuffle(states)
    found, told = Carries(), []
    for one in states:
        told = may_hold(told, [one])
        found = carried(found, [one], holds(told), lambda one: one)
    assert found == {shared[0]: Carried(stamp_of(3), 9, active=True)}


def patch(stamp, named, **said_of_it):
    payload = AccountUpserted(RecordKey("crm", "a"), stamp, 9, named=named, **said_of_it)
    return said(payload, stamp_of(stamp))


@given(seed=st.integers(0, 2**16))
def test_a_patch_says_what_it_names_and_no_more(seed):
    number, domain = Identifier("number", "N-1001"), Identifier("domain", "example.com")
    parent = RecordKey("crm", "b")
    first = AccountUpserted(
        RecordKey("crm", "a"), 1, 9, False, (number, domain),
        {"name": "Acme", "site": "example.com", "employees": 5}, parent=parent,
    )  # fmt: skip
    states = [
        said(first, stamp_of(1)),
        patch(2, ("traits.employees", "traits.site"), traits={"employees": 7}),
        patch(3, ("traits.name",), traits={"name": "Acme Ltd"}),
        patch(4, ("identifiers.number",)),
    ]
    random.Random(seed).shuffle(states)
    told = []
    for one in states:
        told = may_hold(told, [one])
    now = composed(told, {"site": "domain"}).payload
    assert dict(now.traits) == {"name": "Acme Ltd", "employees": 7}
    assert (now.identifiers, now.parent, now.named) == ((), parent, None)
    found = carried({}, states, composed(states, {}), lambda one: one)
    assert {one for one, held in found.items() if held.active} == {domain}
    assert set(found) == {number, domain}


_STATES = st.lists(
    st.builds(
        lambda own, revision, name, stamp, named, deleted: said(
            AccountUpserted(
                RecordKey("crm", "a"), revision, 9, deleted, (),
                {} if deleted else {"name": name, "employees": 3 if name == "A" else 4},
                named=("traits.name",) if named and not deleted else None, own=own,
            ),
            stamp_of(stamp),
        ),
        st.booleans(), st.integers(1, 3), st.sampled_from("AB"), st.integers(1, 30), st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one.stamp,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(states=_STATES, seed=st.integers(0, 2**16))
def test_what_is_kept_says_what_all_of_it_says_whatever_came_first(states, seed):
    every = list(first_seen(states).values())
    random.Random(seed).shuffle(states)
    kept = []
    for one in states:
        kept = may_hold(kept, [one])
    assert composed(kept, {}).payload.traits == composed(every, {}).payload.traits
    assert composed(kept, {}).payload.deleted == composed(every, {}).payload.deleted
    assert holds(kept) == holds(every)


def test_what_is_told_night_after_night_is_kept_once():
    key, kept = RecordKey("crm", "a"), []
    for night in range(1, 100):
        told = AccountUpserted(key, night, night, traits={"name": "ACME"})
        kept = may_hold(kept, [said(told, stamp_of(night))])
        patched = AccountUpserted(key, night, 9, named=("traits.x",), traits={"x": "y"})
        kept = may_hold(kept, [said(patched, stamp_of(night))])
    assert len(kept) == 2


def test_a_patch_after_a_deletion_brings_back_what_it_names():
    whole = said(AccountUpserted(RecordKey("crm", "a"), 1, 9, traits={"name": "A"}), stamp_of(1))
    gone = said(AccountUpserted(RecordKey("crm", "a"), 2, 9, deleted=True), stamp_of(2))
    back = patch(3, ("traits.employees",), traits={"employees": 3})
    assert composed([whole, gone], {}).payload.deleted
    assert dict(composed([whole, gone, back], {}).payload.traits) == {"employees": 3}


async def test_a_crowd_joins_nobody_and_does_again_when_it_has_gone():
    shared = {"number": "N-7001"}
    many = [account_entry(f"crm/{n:03}", n + 1, shared) for n in range(140)]
    store = await filled(many[:60])
    assert (await store.counts())["accounts"] == 1
    await feed(store, many[60:])
    assert (await store.counts())["accounts"] == 140
    gone = [account_entry(f"crm/{n:03}", 500 + n, revision=2, deleted=True) for n in range(60, 140)]
    await feed(store, gone)
    assert (await store.counts())["accounts"] == 1


async def test_an_account_joins_no_persons_and_a_person_no_accounts():
    """Two persons of one account stay two; one person of two accounts does not join these."""
    store = await filled([*two_accounts(), link_entry("crm/l9", 9, "crm/p", "erp/b")])
    assert await store.customers_of([RecordKey("crm", "p"), RecordKey("erp", "q")]) == {
        RecordKey("crm", "p"): "c1",
        RecordKey("erp", "q"): "c2",
    }
    assert (await store.counts())["accounts"] == 2


async def test_who_has_a_mailbox_with_the_same_provider_is_another_account():
    shared = {"domain": "gmail.com"}
    store = await filled([account_entry("crm/a", 1, shared), account_entry("crm/b", 2, shared)])
    assert (await store.counts())["accounts"] == 2


@settings(max_examples=100, deadline=None)
@given(
    parents=st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.integers(1, 99), st.sampled_from("abcdef"))
    )
)
def test_the_hierarchy_is_a_forest_and_only_circles_lose_an_edge(parents):
    edges = {
        one: ParentEdge(f"{stamp:02}{one}", parent)
        for one, (stamp, parent) in parents.items()
        if one != parent
    }

    async def stated(one):
        return edges.get(one)

    async def all_of_them():
        return {one: await hierarchy_of(one, stated) for one in "abcdef"}

    found = asyncio.run(all_of_them())
    for one in "abcdef":
        above, steps = found[one].parent, 0
        while above:
            above, steps = found[above].parent, steps + 1
            assert steps <= 6
    for one, edge in edges.items():
        kept = found[one]
        if kept.parent:
            assert kept == Hierarchy(edge.parent)
            continue
        circle, step = [edge], edges.get(edge.parent)
        while step is not None and step is not edge:
            circle.append(step)
            step = edges.get(step.parent)
        assert step is edge
        assert edge.stamp == max(one.stamp for one in circle)
        assert kept.left_out == edge.parent


async def test_of_a_circle_the_edge_said_last_is_left_out_whoever_comes_first():
    entries = [
        account_entry("crm/a", 1, parent="crm/b"),
        account_entry("crm/b", 2, parent="crm/c"),
        account_entry("crm/c", 3, parent="crm/a"),
    ]
    a, b, c = (ACCOUNT_ID(RecordKey("crm", key)) for key in "abc")
    for order in (entries, entries[::-1]):
        answers = Answers(await filled(order, 3))
        assert await answers.hierarchy(c) == Hierarchy("", a)
        assert await answers.subtree(c) == [c, b, a]
        assert (await answers.hierarchy(a)).parent == b


async def test_others_are_heard_while_a_tree_is_read():
    parts = [account_entry(f"crm/p{n}", n + 2, parent="crm/a") for n in range(20)]
    answers, turns = Answers(await filled([account_entry("crm/a", 1), *parts], 1)), []

    async def others():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    found = await answers.subtree(ACCOUNT_ID(RecordKey("crm", "a")))
    beside.cancel()
    assert len(found) == 21
    assert len(turns) >= 20
