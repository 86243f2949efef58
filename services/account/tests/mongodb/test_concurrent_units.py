"""Units that run at once end where one after the other does."""

import asyncio
import random

import pytest
from c360_account.emission import restate
from c360_account.handlers.handler import AccountHandler
from c360_account.store.mongodb import journal
from c360_account.store.mongodb.store import open_store
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
)
from c360_account.testing.shown import shown
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Partition
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, ACCOUNTS, IDENTITIES
from c360_kernel.record import RecordKey

pytestmark = pytest.mark.servers
HANDLER = AccountHandler(CATALOG, ACCOUNT_ID)
SHARED = {"number": "N-1001"}


@pytest.fixture
async def stores(database_url):
    """Several stores over one database, as several processes open them."""
    opened = [open_store(database_url, ACCOUNT_ID) for _ in range(4)]
    yield opened
    for store in opened:
        await store.close()


async def until_done(store, batch):
    while True:
        try:
            await feed(store, batch)
        except Conflict:
            await asyncio.sleep(random.random() / 20)
        else:
            return


async def test_who_solved_accounts_without_the_others_record_has_to_repeat(stores):
    one, other = stores[:2]
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.handle(slower, [account_entry("crm/a", 1, SHARED)])
            await feed(other, [account_entry("crm/b", 2, SHARED)])
    assert await one.page("", 9) == [ACCOUNT_ID(RecordKey("crm", "b"))]
    await feed(one, [account_entry("crm/a", 1, SHARED)])
    assert (await one.counts())["accounts"] == 1
    assert len(await one.outgoing(9)) == 3


async def test_of_two_that_read_one_link_the_slower_has_to_repeat(stores):
    one, other = stores[:2]
    first = link_entry("crm/l", 1, "crm/p", "crm/a")
    await feed(one, [first])
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.handle(slower, [link_entry("crm/l", 2, "crm/p", "crm/b", revision=2)])
            await feed(other, [link_entry("crm/l", 3, "crm/p", "crm/c", revision=3)])
    await feed(one, [link_entry("crm/l", 2, "crm/p", "crm/b", revision=2)])
    plain = MemoryAccountStore(ACCOUNT_ID)
    await feed(plain, [first, link_entry("crm/l", 3, "crm/p", "crm/c", revision=3)])
    assert await one.digest() == await plain.digest()


async def test_units_of_one_position_do_not_both_count(stores):
    place = Partition(IDENTITIES, 0)
    one, other = stores[:2]
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await slower.advance({place: 0}, {place: 2})
            async with other.unit() as faster:
                await faster.advance({place: 0}, {place: 1})
    assert await one.positions() == {place: 1}
    with pytest.raises(Conflict):
        async with one.unit() as stale:
            await stale.advance({place: 0}, {place: 3})


async def test_persons_and_events_do_not_disturb_accounts(stores):
    accounts, persons = Partition(ACCOUNTS, 0), Partition(IDENTITIES, 1)
    one, other = stores[:2]
    async with one.unit() as unit:
        await HANDLER.handle(unit, [account_entry("crm/a", 1, SHARED)])
        await unit.advance({accounts: 0}, {accounts: 2})
        async with other.unit() as between:
            told = [person_entry("crm/p", "c1"), event_entry("crm/p", 5)]
            await HANDLER.handle(between, told)
            await between.advance({persons: 0}, {persons: 9})
    assert await other.positions() == {accounts: 2, persons: 9}


async def test_what_was_told_earlier_overwrites_nothing(stores):
    one, other = stores[:2]
    async with one.unit() as slower:
        await HANDLER.handle(slower, [person_entry("crm/p", "c1", 1), event_entry("crm/p", 6)])
        await feed(other, [person_entry("crm/p", "c2", 2), event_entry("crm/p", 5, amount=2.0)])
    plain = MemoryAccountStore(ACCOUNT_ID)
    await feed(plain, [person_entry("crm/p", "c2", 2), event_entry("crm/p", 5, amount=2.0)])
    assert await one.digest() == await plain.digest()


async def test_what_holds_is_written_by_whoever_comes_next_and_late_writers_undo_nothing(
    stores, monkeypatch
):
    """The first dies as soon as its unit holds; later it wakes up, and writes what it had."""
    one, other = stores[:2]
    late = []

    async def dies(generation, unit, edition):
        noted = await generation.journal.find({"unit": unit}).to_list()
        records = [one["document"] for one in noted if "document" in one]
        late.append(lambda: journal._replace(generation, records, edition))
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(journal, "write", dies)
        with pytest.raises(ConnectionError):
            await feed(one, [account_entry("crm/a", 1, SHARED), account_entry("crm/b", 2, SHARED)])
    assert (await other.counts())["records"] == 0
    assert len(await other.outgoing(9)) == 2
    assert (await other.counts())["accounts"] == 1
    await feed(other, [account_entry("crm/b", 3, revision=2)])
    expected = await other.digest()
    await late[0]()
    assert await other.digest() == expected
    generation = await other._connected.get()
    assert await generation.journal.count_documents({}) == 0


async def test_what_a_unit_noted_that_was_overtaken_is_swept_away(stores, monkeypatch):
    one, other = stores[:2]
    with monkeypatch.context() as patched:

        async def died(generation, unit):
            """As if the process had been killed there."""

        patched.setattr(journal, "_forget", died)
        with pytest.raises(Conflict):
            async with one.unit() as slower:
                await HANDLER.handle(slower, [account_entry("crm/a", 1, SHARED)])
                await feed(other, [account_entry("crm/b", 2, SHARED)])
    generation = await other._connected.get()
    # The record, and what is to be looked at because of it.
    assert await generation.journal.count_documents({}) == 2
    assert len(await other.outgoing(9)) == 1
    await feed(other, [account_entry("crm/c", 3)])
    assert await generation.journal.count_documents({}) == 0
    assert await generation.outbox.count_documents({"told": False}) == 0


def told_of(number, randomness):
    """A record that joins and leaves others, its link, and its person, which moves."""
    for revision in range(1, 5):
        carried = {"number": f"N-{2000 + randomness.randrange(3)}"}
        at = 10 * revision + number
        yield account_entry(f"crm/{number}", at, carried, revision=revision)
        yield link_entry("crm/l", at + 100, f"crm/p{number}", f"crm/{number}", revision=revision)
        yield person_entry(f"crm/p{number}", f"c{randomness.randrange(2)}", revision)


async def test_many_writers_end_each_round_where_one_does(stores):
    randomness = random.Random(7)
    told = [list(told_of(number, randomness)) for number in range(len(stores))]
    for entries in told:
        randomness.shuffle(entries)
    plain = MemoryAccountStore(ACCOUNT_ID)
    for batch in zip(*told, strict=True):
        async with asyncio.timeout(60):
            writers = zip(stores, batch, strict=True)
            await asyncio.gather(*(until_done(store, [entry]) for store, entry in writers))
        await feed(plain, batch)
        assert await stores[0].digest() == await plain.digest()
    assert await shown(stores[0]) == await shown(plain)
    await last_told_is_the_state(stores[0])


async def last_told_is_the_state(store):
    last = {}
    for out in await store.outgoing(10_000):
        payload = decode(ACCOUNT_IDENTITIES, out.entry.data)
        assert payload.record not in last or payload.version > last[payload.record].version
        last[payload.record] = payload
    told = {record: one.account for record, one in last.items()}
    assert told == {one.record: one.account async for one in store.emissions()}


async def test_a_unit_that_tells_without_changing_tells_once(stores):
    one = stores[0]
    await feed(one, [account_entry("crm/a", 1)])
    (payload,) = [found async for found in one.emissions()]
    async with one.unit() as unit:
        await restate(unit, [payload])
    assert len(await one.outgoing(9)) == 2
    await one.relayed([out.sequence for out in await one.outgoing(9)])
    assert await stores[1].outgoing(9) == []
