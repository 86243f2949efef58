"""Whom customers act for: equal to what is said read through by hand, whatever came first."""

import asyncio
import tempfile
from pathlib import Path

from c360_kernel.accounts.links import link_of, link_said, may_hold
from c360_kernel.codec import decode
from c360_kernel.conditions.facts import Acting
from c360_kernel.conditions.tree import Not, ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, ACCOUNTS, IDENTITIES, LINKS
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.query import CustomerQuery
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.catalog_change import refold
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.accounts import (
    CATALOG,
    HANDLER,
    RULES,
    acting,
    consume,
    counted_as,
    described,
    linked,
)
from c360_profile.testing.contract import ids
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
PEOPLE = [RecordKey("web", name) for name in "ab"]
ACCOUNT_RECORDS = [RecordKey("crm", "x"), RecordKey("erp", "y")]
CUSTOMERS, IDS = ["c1", "c2"], ["a1", "a2", ""]
INDUSTRIES = ["tea", "ink", None]

links = st.lists(
    st.tuples(
        st.sampled_from("12"),
        st.sampled_from(PEOPLE),
        st.sampled_from(ACCOUNT_RECORDS),
        st.sampled_from(["member", "decision"]),
        st.sampled_from(["", "buyer"]),
        st.sampled_from([0, 20]),
        st.sampled_from([0, 30]),
        st.booleans(),
    ),
    max_size=5,
)
moves = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(CUSTOMERS)), max_size=4)
parts = st.lists(st.tuples(st.sampled_from(ACCOUNT_RECORDS), st.sampled_from(IDS)), max_size=5)
traits = st.lists(
    st.tuples(st.sampled_from(ACCOUNT_RECORDS), st.sampled_from(INDUSTRIES)), max_size=4
)
asked = st.builds(
    Acting,
    st.sampled_from([19, 20, 29, 30]),
    st.sampled_from(["", "member"]),
    st.sampled_from(["", "buyer"]),
    st.sampled_from(["", "a1"]),
    st.sampled_from(["", str(ACCOUNT_RECORDS[1])]),
    st.sampled_from(
        [None, ValueTest("industry", "equals", "tea"), ValueTest("industry", "missing")]
    ),
)


def entries_of(links, moves, parts, traits):
    said = [
        linked(name, person, account, at=at, kind=kind, role=role, since=since, until=until,
               revision=at, deleted=deleted)
        for at, (name, person, account, kind, role, since, until, deleted) in enumerate(links, 100)
    ]  # fmt: skip
    said += [assigned(p, c, at=at, counter=at) for at, (p, c) in enumerate(moves, 200)]
    said += [counted_as(a, id_, at=at, counter=at) for at, (a, id_) in enumerate(parts, 300)]
    said += [
        described(account, {} if industry is None else {"industry": industry}, at=at, revision=at)
        for at, (account, industry) in enumerate(traits, 400)
    ]
    return [*(upserted(one, {"name": one.key}, at=at) for at, one in enumerate(PEOPLE, 1)), *said]


def found_by_hand(entries, acting):
    """By the last that is said of each thing: entries come in the order of their stamps."""
    of = {topic: {} for topic in (LINKS, IDENTITIES, ACCOUNT_IDENTITIES, ACCOUNTS)}
    for entry in sorted(entries, key=lambda one: one.stamp):
        if entry.topic in of:
            payload = decode(entry.topic, entry.data)
            of[entry.topic][payload.record] = payload
    account_of = {key: one.account for key, one in of[ACCOUNT_IDENTITIES].items()}
    found = set()
    for link in of[LINKS].values():
        account = account_of.get(link.account, "")
        owner = of[IDENTITIES].get(link.person)
        if link.deleted or not account or owner is None or not owner.customer:
            continue
        industry = industry_of([k for k, a in account_of.items() if a == account], of[ACCOUNTS])
        if (
            acting.kind in ("", link.kind)
            and acting.role in ("", link.role)
            and link.valid_from <= acting.at
            and (not link.valid_to or acting.at < link.valid_to)
            and acting.account in ("", account)
            and (not acting.record or account == account_of.get(RecordKey.parse(acting.record)))
            and (acting.where is None or acting.where.holds(industry))
        ):
            found.add(owner.customer)
    return found


def industry_of(records, said):
    """Of the source with the smallest number of priority that says one: the CRM before the ERP."""
    for key in sorted(records):
        if key in said and "industry" in said[key].traits:
            return {"industry": said[key].traits["industry"]}
    return {}


async def found(store, condition):
    return set(await ids(store, CustomerQuery(condition)))


async def assert_finds(store, entries, asked):
    live = {one.id for one in await store.page(CustomerQuery(), 9)}
    for one in asked:
        wanted = found_by_hand(entries, one)
        assert await found(store, acting(one)) == wanted
        assert await found(store, Not(acting(one))) == live - wanted


@QUICK
@given(links, moves, parts, traits, st.randoms(), st.integers(1, 9), st.lists(asked, max_size=4))
async def test_in_any_order_it_is_what_was_said_last(
    links, moves, parts, traits, random, size, asked
):
    entries = entries_of(links, moves, parts, traits)
    shuffled = [*entries, *random.sample(entries, len(entries) // 3)]
    random.shuffle(shuffled)
    whole = MemoryProfileStore()
    await consume(whole, *entries)
    await assert_finds(whole, entries, asked)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db", few=random.choice([-1, 0, 9]))
        for start in range(0, len(shuffled), size):
            await consume(store, *shuffled[start : start + size])
        await assert_finds(store, entries, asked)
        assert await store.digest() == await whole.digest()
        await store.close()


async def test_another_catalog_shows_accounts_anew(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    crm, erp = ACCOUNT_RECORDS
    await consume(
        store,
        counted_as(crm, "a1", at=1),
        counted_as(erp, "a1", at=1),
        described(crm, {"industry": "tea"}, at=2),
        described(erp, {"industry": "ink"}, at=3),
    )
    async with store.unit() as unit:
        await unit.keep_accounts({"a1": {"industry": "wrong"}})
    await refold(store, HANDLER, Progress("profile"))
    assert (await store.accounts_kept()).values == {"a1": {"industry": "tea"}}
    await store.close()


def test_a_link_that_was_deleted_is_forgotten():
    made, gone = (
        link_said(decode(LINKS, one.data), one.stamp)
        for one in (
            linked("1", PEOPLE[0], ACCOUNT_RECORDS[0], at=1),
            linked("1", PEOPLE[0], ACCOUNT_RECORDS[0], at=2, revision=2, deleted=True),
        )
    )
    held = may_hold([made], [gone])
    assert link_of(held) is None
    assert [one.link for one in held] == [None]


async def test_who_is_told_of_no_small_group_asks_the_same_a_moment_later():
    people = [RecordKey("web", str(number)) for number in range(20)]
    store, account = MemoryProfileStore(), ACCOUNT_RECORDS[0]
    said = [upserted(one, {"name": one.key}, at=1) for one in people]
    owned = [assigned(one, f"c{one.key}", at=2) for one in people]
    links = [linked(one.key, one, account, at=3) for one in people[:10]]
    await consume(store, *said, *owned, counted_as(account, "a1", at=2), *links)
    caller = CallerContext("ann", ("analyst",), visibility=everything(CATALOG), smallest_group=5)
    graph = profile_subgraphs(RULES, SEALER)(store)
    listed = "{ customers(filter: {account: {}}) { totalCount edges { node { id } } } }"

    async def ask():
        answer = await graph.execute(listed, {}, None, caller)
        assert "errors" not in answer, answer
        found = answer["data"]["customers"]
        return found["totalCount"], len(found["edges"])

    assert await ask() == (10, 10)
    # One more is the same group to who asks the same, though it is later.
    await consume(store, linked("more", people[10], account, at=4))
    await asyncio.sleep(0.002)
    assert await ask() == (10, 11)
