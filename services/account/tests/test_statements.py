"""However much the embedded store holds, of it no more is read than belongs to an account."""

import pytest
from c360_account.store.sqlite import SqliteAccountStore
from c360_account.testing.contract import feed
from c360_account.testing.entries import ACCOUNT_ID, account_entry, event_entry
from c360_kernel.record import RecordKey

FEW, MANY = 200, 2_000
STEPS = 100
"""After so many instructions of SQLite's machine it says that it works."""


@pytest.fixture
def store_of(tmp_path):
    async def made(size):
        store = SqliteAccountStore(tmp_path / f"{size}.db", ACCOUNT_ID)
        events = [event_entry(f"crm/p{n}", n, f"m{n}", amount=1.0) for n in range(size)]
        busy = [event_entry("crm/busy", size + n, f"b{n}", amount=1.0) for n in range(size)]
        parts = [account_entry(f"crm/a{n}", n, parent=f"crm/a{n // 2}x") for n in range(size)]
        await feed(store, [*events, *busy, *parts])
        return store

    return made


async def steps(store, ask):
    counted = [0]

    def work():
        counted[0] += 1

    store.connection.set_progress_handler(work, STEPS)
    found = await ask(store)
    await store.close()
    return counted[0], len(found)


@pytest.mark.parametrize(
    ("ask", "size"),
    [
        (lambda store: store.counted([RecordKey("crm", "p7")], [], 10), 1),
        (lambda store: store.counted([RecordKey("crm", "busy")], [], 10), 10),
        (lambda store: store.below([RecordKey("crm", "a7x")]), 2),
    ],
)
async def test_as_much_is_read_of_a_small_store_as_of_a_large_one(store_of, ask, size):
    few, many = [await steps(await store_of(number), ask) for number in (FEW, MANY)]
    assert few[1] == many[1] == size
    assert many[0] <= few[0] + 2
