"""Purchases read of the store: whose they are, of which day, what is left out and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from c360_kernel.record import RecordKey
from c360_profile.domain.scores.model import PurchaseEvent
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.purchases import PurchasesRead, read_purchases
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES
from c360_profile.testing.entries import assigned, consented, tracked

ANN, WEB, BOB = RecordKey("crm", "a"), RecordKey("web", "b"), RecordKey("crm", "bob")
DAY = 86_400_000
WHAT = PurchaseEvent("order_completed", "amount")
ENTRIES = [
    tracked(ANN, "m1", at=10 * DAY, properties={"amount": 5.0, "currency": "CNY"}),
    tracked(WEB, "m2", at=11 * DAY - 1, properties={"amount": 7.5, "currency": "CNY"}),
    tracked(WEB, "m3", at=11 * DAY, properties={"currency": "CNY"}),
    tracked(WEB, "m4", at=11 * DAY, name="page_viewed"),
    tracked(ANN, "m5", at=20 * DAY, properties={"amount": -2.0, "currency": "CNY"}),
    tracked(BOB, "m6", at=12 * DAY, properties={"amount": 3.0, "currency": "EUR"}),
    assigned(ANN, "c1", at=1),
    assigned(WEB, "c1", at=1),
    assigned(BOB, "c2", at=1),
    consented(BOB, "analytics", "denied", at=2),
    consented(ANN, "analytics", "granted", at=2),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteProfileStore]:
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, ENTRIES)
    yield store
    await store.close()


def counts(read: PurchasesRead) -> tuple[int, int, int, int]:
    return read.purchases, read.without_amount, read.other_currency, read.without_purpose


async def test_a_customers_purchases_are_those_of_all_its_records_by_the_day(
    store: SqliteProfileStore,
) -> None:
    found = await read_purchases(store, WHAT, None)
    assert found.spent == {"c1": {10: 12.5, 11: 0.0, 20: -2.0}, "c2": {12: 3.0}}
    assert found.currencies == {"CNY": 4, "EUR": 1}
    assert counts(found) == (5, 1, 0, 0)


async def test_a_day_is_read_to_its_end(store: SqliteProfileStore) -> None:
    assert (await read_purchases(store, WHAT, 10)).spent == {"c1": {10: 12.5}}


async def test_what_is_left_out_is_counted(store: SqliteProfileStore) -> None:
    found = await read_purchases(store, WHAT._replace(currency="EUR"), None)
    assert found.spent == {"c2": {12: 3.0}}
    assert counts(found) == (1, 0, 4, 0)
    found = await read_purchases(store, WHAT, None, "analytics")
    assert found.spent.keys() == {"c1"}
    assert counts(found) == (4, 1, 0, 1)
