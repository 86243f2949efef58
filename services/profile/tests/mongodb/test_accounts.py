"""Units over records of one account at once, and one that is cut off, leave what all say of it."""

import asyncio
import random

import pytest
from c360_kernel.errors import Conflict
from c360_kernel.record import RecordKey
from c360_profile.store.mongodb import accounts
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.accounts import HANDLER, consume, counted_as, described, linked
from c360_profile.testing.memory import MemoryProfileStore

pytestmark = pytest.mark.servers

CRM, ERP, PERSON = RecordKey("crm", "x"), RecordKey("erp", "y"), RecordKey("web", "a")
HOME = [counted_as(CRM, "a1", at=1), counted_as(ERP, "a1", at=1)]
SAYS = [described(CRM, {"markets": ("CN",)}, at=2)]
SAYS_TOO = [described(ERP, {"markets": ("DE",)}, at=3)]


@pytest.fixture
async def stores(database_url):
    """Two stores over one database, as two processes open them."""
    opened = [open_store(database_url) for _ in range(2)]
    yield opened
    for store in opened:
        await store.close()


async def values(store):
    return (await store.accounts_kept()).values


async def test_of_two_that_made_one_account_the_slower_has_to_repeat(stores):
    one, other = stores
    await consume(one, *HOME)
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.handle(slower, SAYS)
            await consume(other, *SAYS_TOO)
    await consume(one, *SAYS)
    assert await values(one) == {"a1": {"markets": ("CN", "DE")}}


async def test_a_unit_that_is_cut_off_leaves_nothing_at_the_account_of_before(stores, monkeypatch):
    store = stores[0]
    await consume(store, *HOME, *SAYS, *SAYS_TOO)
    save = accounts.save_next_editions

    async def cut_off(documents, saved):
        if any("gone" in one for one in saved.values()):
            raise Conflict("cut off")
        await save(documents, saved)

    monkeypatch.setattr(accounts, "save_next_editions", cut_off)
    with pytest.raises(Conflict):
        await consume(store, counted_as(CRM, "a2", at=5, counter=2))
    monkeypatch.undo()
    assert (await values(store))["a1"] == {"markets": ("CN", "DE")}
    # What is handled again may be another batch, which tells of the next account alone.
    await consume(store, counted_as(CRM, "a3", at=6, counter=3))
    assert await values(store) == {"a1": {"markets": ("DE",)}, "a3": {"markets": ("CN",)}}


async def until_done(store, entry):
    while True:
        try:
            await consume(store, entry)
        except Conflict:
            await asyncio.sleep(random.random() / 20)
        else:
            return


async def test_many_at_once_end_as_one_after_the_other(stores):
    entries = [
        *HOME,
        *SAYS,
        *SAYS_TOO,
        *(described(CRM, {"industry": f"i{n}"}, at=10 + n, revision=n) for n in range(2, 5)),
        *(counted_as(ERP, f"a{n % 2}", at=20 + n, counter=n) for n in range(2, 5)),
        *(linked("1", PERSON, ERP, at=30 + n, revision=n, role="user") for n in range(3)),
    ]
    model = MemoryProfileStore()
    await consume(model, *entries)
    random.shuffle(entries)
    tasks = [until_done(stores[number % 2], one) for number, one in enumerate(entries)]
    await asyncio.gather(*tasks)
    assert await stores[0].digest() == await model.digest()
