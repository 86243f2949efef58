"""Small changes of a customer with a large profile, each taken by itself after a kill.

The golden profile of half a megabyte is told anew with each of them: sixty of these are more than
a document of MongoDB may hold.
"""

import pytest
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, RECORDS
from c360_kernel.payload import RecordAssigned, RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_kernel.testing.feeding import work, write_log
from c360_kernel.version import Version
from c360_profile.testing.entries import stamp

from services.profile.tests.mongodb.told import service_on

pytestmark = pytest.mark.servers
LARGE = "x" * 500_000
CHANGES = 60


ONE, OTHER = RecordKey("crm", "large"), RecordKey("crm", "often")


def told(payloads, first):
    return [
        new_entry(topic, str(one.record), one, stamp(at), f"e{at}")
        for at, (topic, one) in enumerate(payloads, first)
    ]


def known():
    """A record with a long name, and another of the same customer."""
    assigned = ((IDENTITIES, RecordAssigned(key, "c1", Version(0, 1))) for key in (ONE, OTHER))
    large = RecordUpserted(ONE, 1, 1, False, (), {"name": LARGE})
    return told([*assigned, (RECORDS, large)], 1)


def changes():
    said = (RecordUpserted(OTHER, n, n, False, (), {"points": n}) for n in range(1, CHANGES + 1))
    return told(((RECORDS, one) for one in said), 10)


async def begun_by_one_that_was_killed(service, log):
    """As a kill leaves it: whatever is in the log is begun and not ended."""
    store = service.open_store()
    positions = await store.positions()
    for partition in await log.ends([RECORDS]):
        if waiting := await log.read(partition, positions.get(partition, 0), CHANGES):
            await store.begin(waiting)
    await store.close()


async def test_none_is_put_aside_and_all_is_as_on_a_file(tmp_path, database_url):
    (tmp_path / "one").mkdir()
    embedded = service_on(tmp_path / "one")
    undisturbed = await write_log(tmp_path / "one", [*known(), *changes()])
    await work(embedded, undisturbed)
    (tmp_path / "two").mkdir()
    service = service_on(tmp_path / "two", database_url)
    log = await write_log(tmp_path / "two", known())
    await work(service, log)
    await log.append(changes())

    await begun_by_one_that_was_killed(service, log)
    await work(service, log)

    assert sum((await log.ends([DEAD_LETTERS])).values()) == 0
    expected, store = embedded.open_store(), service.open_store()
    assert await store.digest() == await expected.digest()
    (customer,) = (await store.customers(["c1"])).values()
    assert customer.traits["points"] == CHANGES
    assert customer.counter > CHANGES, "they were taken together"
    assert await store.outgoing(1) == []
    for opened in (expected, store, log, undisturbed):
        await opened.close()
