"""Another catalog is folded by while others feed the same customers."""

import pytest
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey
from c360_profile.handlers.catalog_change import refold
from c360_profile.store.mongodb import unit as units
from c360_profile.store.mongodb import writes
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.consumptions import HANDLER, consume
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.quality import kept_cells

pytestmark = pytest.mark.servers
ANN, BOB = RecordKey("crm", "a"), RecordKey("crm", "b")


@pytest.fixture
async def other(database_url):
    """The store as another process has it."""
    store = open_store(database_url)
    yield store
    await store.close()


def says(key, at, **traits):
    home = f"c{key.key}"
    return [upserted(key, traits, at=at, revision=at), assigned(key, home, at=at, counter=at)]


async def test_another_catalog_is_folded_by_until_nobody_is_faster(mongo_store, other, monkeypatch):
    before = [says(ANN, 1, gender="x"), says(BOB, 1, gender="f")]
    await consume(mongo_store, before)
    save = writes.save_records
    overtakes = [says(ANN, 2, gender="m"), says(BOB, 2, gender="x")]

    async def overtaken(*arguments):
        if overtakes:
            entries = overtakes.pop()
            async with other.unit() as unit:
                await HANDLER.handle(unit, entries)
        await save(*arguments)

    monkeypatch.setattr(units, "save_records", overtaken)
    await refold(mongo_store, HANDLER, Progress("profile"))
    assert not overtakes
    plain = await consume(MemoryProfileStore(), before)
    await consume(plain, [says(ANN, 2, gender="m"), says(BOB, 2, gender="x")])
    await refold(plain, HANDLER, Progress("profile"))
    assert await mongo_store.digest() == await plain.digest()
    assert await kept_cells(mongo_store) == await kept_cells(plain)
    assert await mongo_store.folded_by() == await plain.folded_by()
