"""Operators are told of customers so large that each change of them is felt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from c360_identity.handlers import large
from c360_identity.handlers.large import LargeCustomers, LargeCustomersWatch
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    catalog_of,
    decided,
    feed,
    handler_of,
    record_key,
    rules_of,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.errors import Transient
from c360_kernel.metrics import LARGE_CUSTOMERS, LARGE_CUSTOMERS_NOW, LARGEST_CUSTOMER
from c360_kernel.record import RecordKey

CATALOG = catalog_of(*(replace(one, fan=1_000) for one in TEST_CATALOG.identifiers.values()))
SEED = IDS(record_key("crm/1"))


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(large, "LARGE", 5)
    caplog.set_level(logging.WARNING, large.__name__)
    return caplog


async def test_one_that_grows_by_one_value_is_told_of_at_each_doubling(
    told: pytest.LogCaptureFixture,
) -> None:
    store, handler = MemoryIdentityStore(IDS), handler_of(CATALOG, rules_of(CATALOG, crowd=64))
    before = LARGE_CUSTOMERS.value()
    for n in range(1, 13):
        await feed(store, handler, [[upserted(n, f"crm/{n}", f"phone:1 email:{n}")]])
    assert len({record.seed for record in store.state.records.values()}) == 1
    assert [one.args for one in told.records] == [(SEED, 5), (SEED, 10)]
    assert LARGE_CUSTOMERS.value() - before == 8


@pytest.mark.parametrize(
    "carried",
    [
        pytest.param(lambda n: f"email:{n} email:{n + 1}", id="chain"),
        pytest.param(lambda n: f"email:{n} email:{n // 3}", id="tree"),
        pytest.param(lambda n: f"phone:1 email:{n}", id="star"),
    ],
)
@pytest.mark.parametrize("is_embedded", [True, False])
async def test_one_of_any_shape_is_told_of_by_what_the_store_holds(
    carried: Callable[[int], str],
    told: pytest.LogCaptureFixture,
    tmp_path: Path,
    *,
    is_embedded: bool,
) -> None:
    path = tmp_path / "identity.db"
    store = SqliteIdentityStore(path, IDS) if is_embedded else MemoryIdentityStore(IDS)
    known = LargeCustomers(IDS)
    handler = handler_of(CATALOG, rules_of(CATALOG, crowd=64), known)
    others = [upserted(90 + n, f"web/{n}", f"account:{n}") for n in range(3)]
    grown = [upserted(n, f"crm/{n}", carried(n)) for n in range(1, 6)]
    await feed(store, handler, [others, *([one] for one in grown)])
    before = LARGE_CUSTOMERS.value()
    watch = asyncio.create_task(LargeCustomersWatch(lambda: store, known).run())
    async with asyncio.timeout(10):
        while LARGE_CUSTOMERS_NOW.value != 1:
            await asyncio.sleep(0.01)
    assert LARGEST_CUSTOMER.value == 5
    assert (await store.counts())["largest_customer"] == 5
    await feed(store, handler, [[upserted(6, "crm/6", carried(6))], [others[0]]])
    assert LARGE_CUSTOMERS.value() - before == 1
    assert [one.args for one in told.records] == [(SEED, 5)]
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    known.counted({})
    assert (LARGE_CUSTOMERS_NOW.value, LARGEST_CUSTOMER.value) == (0, 0)


async def test_one_that_a_decision_touches_is_told_of_by_its_records(
    told: pytest.LogCaptureFixture,
) -> None:
    """Nothing that it carries is on many records: a chain."""
    store, handler = MemoryIdentityStore(IDS), handler_of(CATALOG, rules_of(CATALOG, crowd=64))
    chain = [upserted(n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(1, 7)]
    await feed(store, handler, [[one] for one in chain])
    assert not told.records
    await feed(store, handler, [[decided(9, "same", "crm/1", "crm/6", name="d1")]])
    assert [one.args for one in told.records] == [(SEED, 6)]
    apart = decided(10, "not_same", "crm/3", "crm/4", name="d2")
    await feed(store, handler, [[decided(11, "undo", "crm/1", "crm/6", name="d3"), apart]])
    assert len({record.seed for record in store.state.records.values()}) == 2
    assert len(told.records) == 1


async def test_a_store_that_cannot_count_is_not_asked_again_at_once(
    told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = MemoryIdentityStore(IDS), list[int]()

    async def large_of(least: int) -> dict[RecordKey, int]:
        asked.append(least)
        raise Transient("it takes too long", code="STORE_TIMEOUT")

    monkeypatch.setattr(store, "large", large_of)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(LargeCustomersWatch(lambda: store, LargeCustomers(IDS)).run(), 0.1)
    assert asked == [5]
    assert [one.args for one in told.records] == [("STORE_TIMEOUT",)]
