"""What is told that accounts come to, where units overlap and processes die."""

import asyncio
import random

import pytest
from c360_account.handlers.handler import AccountHandler
from c360_account.store.mongodb import unit as units
from c360_account.store.mongodb.store import open_store
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed, wake
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
    profile_entry,
)
from c360_account.testing.shown import expect_told
from c360_kernel.errors import Conflict
from c360_kernel.record import RecordKey

pytestmark = pytest.mark.servers
HANDLER = AccountHandler(CATALOG, ACCOUNT_ID)
A = ACCOUNT_ID(RecordKey("crm", "a"))
LINK = link_entry("crm/l", 2, "crm/p", "crm/a")
EVENT = event_entry("crm/p", 3, amount=2.0)
DAY = 86_400_000
FAR = 10**15
"""Long after whatever a process that died put off."""


@pytest.fixture
async def stores(database_url):
    opened = [open_store(database_url, ACCOUNT_ID) for _ in range(4)]
    yield opened
    for store in opened:
        await store.close()


async def revenue(store):
    ((head, *_),) = (await store.records_of([A])).values()
    return head.comes_to.get("revenue")


async def nothing_waits(store):
    """No window that runs out has an account looked at again."""
    await wake(store, 2 * DAY)
    assert (await store.waiting()).due is None


async def test_of_two_units_that_do_not_see_each_other_both_count(stores):
    one, other = stores[:2]
    await feed(one, [account_entry("crm/a", 1), person_entry("crm/p", "c1")])
    async with one.unit() as linking:
        await HANDLER.handle(linking, [LINK])
        # It sees no link, and whoever is woken by it does not either.
        await feed(other, [EVENT])
        assert await revenue(other) is None
    await wake(other)
    assert await revenue(one) == 2.0
    await expect_told(one)


async def test_who_works_it_out_of_what_was_before_does_it_again(stores):
    one, other = stores[:2]
    await feed(one, [account_entry("crm/a", 1), person_entry("crm/p", "c1"), LINK])
    async with one.unit() as unit:
        await HANDLER.handle(unit, [EVENT])
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.wake(slower, await slower.take_due(9))
            await feed(other, [event_entry("crm/p", 4, "m2", amount=3.0)])
    await wake(one)
    assert await revenue(one) == 5.0
    await expect_told(one)


async def test_a_note_is_not_taken_up_with_another_of_the_same(stores):
    one, other = stores[:2]
    await feed(one, [account_entry("crm/a", 1), person_entry("crm/p", "c1"), LINK, EVENT])
    async with other.unit() as unit:
        await HANDLER.handle(unit, [event_entry("crm/p", 3, amount=2.0)])
    async with one.unit() as slower:
        # Nothing is other by it.
        await HANDLER.wake(slower, await slower.take_due(9))
        async with other.unit() as unit:
            await HANDLER.handle(unit, [event_entry("crm/p", 5, "m2", amount=3.0)])
    await wake(other)
    assert await revenue(one) == 5.0


class Died(Exception):
    pass


@pytest.fixture
def die_before_notes(monkeypatch):
    """What units write from here on lacks what is put last."""
    put, count = units.put, 0

    async def die_at_the_last(scheduled, items):
        nonlocal count
        count += 1
        if count == 2:
            raise Died
        await put(scheduled, items)

    return lambda: monkeypatch.setattr(units, "put", die_at_the_last)


async def test_what_a_process_wrote_that_died_before_its_notes_is_told_all_the_same(
    stores, die_before_notes, monkeypatch
):
    one, other = stores[:2]
    await feed(one, [account_entry("crm/a", 1), person_entry("crm/p", "c1"), LINK, EVENT])
    await nothing_waits(one)
    die_before_notes()
    with pytest.raises(Died):
        # The other customer has the record from here on; whom it left is said nowhere else.
        async with one.unit() as unit:
            await HANDLER.handle(unit, [person_entry("crm/p", "c2", 1)])
    monkeypatch.undo()
    assert (await other.waiting()).due is not None
    await wake(other, FAR)
    await expect_told(other)


async def test_whom_an_event_named_that_a_process_replaced_that_died_is_told(
    stores, die_before_notes, monkeypatch
):
    one, other = stores[:2]
    accounts = [account_entry(f"crm/{key}", 1, {"number": f"N-{key}001"}) for key in "ab"]
    later = event_entry("crm/p", 9, amount=2.0, company="N-a001")
    await feed(one, [*accounts, person_entry("crm/p", "c1"), later])
    await nothing_waits(one)
    assert await revenue(one) == 2.0
    # It was said before under the same name, and is what counts.
    first = event_entry("crm/p", 8, amount=2.0, company="N-b001")
    die_before_notes()
    with pytest.raises(Died):
        async with one.unit() as unit:
            await HANDLER.handle(unit, [first])
    monkeypatch.undo()
    await feed(other, [first])
    await wake(other, FAR)
    assert await revenue(other) is None
    await expect_told(other)


@pytest.mark.parametrize("seed", range(3))
async def test_many_at_once_come_to_what_one_comes_to(stores, seed):
    chance, people = random.Random(seed), ("crm/p", "erp/q", "crm/r")
    entries = [account_entry(f"crm/{key}", 1, {"number": f"N-{key}001"}) for key in "abc"]
    entries.append(account_entry("crm/d", 1, parent="crm/a"))
    entries += [person_entry(key, f"c{chance.randrange(3)}", n) for n in (1, 2) for key in people]
    entries += [
        link_entry(f"crm/l{n}", 10 + n, chance.choice(people), f"crm/{chance.choice('abcd')}")
        for n in range(6)
    ]
    entries += [
        event_entry(chance.choice(people), 20 + n, f"m{n}", amount=float(n)) for n in range(9)
    ]
    entries += [profile_entry("c1", 1, spent=2.0, stage="active")]
    plain = MemoryAccountStore(ACCOUNT_ID)
    await feed(plain, entries)
    chance.shuffle(entries)

    async def work(store, own):
        for start in range(0, len(own), 2):
            while True:
                try:
                    await feed(store, own[start : start + 2])
                except Conflict:
                    await asyncio.sleep(chance.random() / 20)
                else:
                    break

    await asyncio.gather(*(work(store, entries[n::4]) for n, store in enumerate(stores)))
    await wake(stores[0])
    await expect_told(stores[0])
    assert await stores[1].digest() == await plain.digest()
