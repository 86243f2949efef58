"""Operators are told of customers so large that each change of them is felt."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from c360_identity.handlers import large
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
from c360_kernel.metrics import LARGE_CUSTOMERS

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
