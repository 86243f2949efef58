"""The live customers against a solve of all, and against those of other rules."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from c360_identity.domain.model import Observation
from c360_identity.settings import IdentitySettings
from c360_identity.store.port import IdentityStore, ResolutionChanges
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    catalog_of,
    feed,
    handler_of,
    record_key,
    rules_of,
    token_type,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import entries_of, random_world
from c360_kernel.log.entry import Entry, to_append_again
from c360_kernel.log.memory import MemoryLog

from c360_cli.assembly import assemble
from c360_cli.evidence.dry_run import compare, derive
from c360_cli.evidence.whole_solve import audit

RULES = rules_of(TEST_CATALOG, crowd=6, people=4)
LOOSE_CATALOG = catalog_of(
    *(token_type(name, tier) for tier, name in enumerate(TEST_CATALOG.identifiers))
)
LOOSE = rules_of(LOOSE_CATALOG, crowd=99, people=99)


async def store_of(entries: list[Entry]) -> IdentityStore:
    store = MemoryIdentityStore(IDS)
    await feed(store, handler_of(TEST_CATALOG, RULES), [[entry] for entry in entries])
    return store


async def customers(store: IdentityStore) -> dict[Any, str]:
    return {one.record: one.customer async for one in store.emissions() if one.customer}


@pytest.mark.parametrize("seed", range(20))
async def test_what_was_resolved_one_by_one_equals_a_solve_of_all(seed: int) -> None:
    found = await audit(await store_of(entries_of(random_world(Random(seed)))), RULES)
    assert found.is_equal, found


async def test_an_audit_names_what_differs() -> None:
    store = await store_of(
        [
            upserted(1, "crm/1", "phone:1"),
            upserted(2, "web/2", "phone:1"),
            upserted(3, "web/3", "email:1"),
        ]
    )
    assert (await audit(store, RULES)).customers == 2
    a, b, c = map(record_key, ("crm/1", "web/2", "web/3"))
    records = await store.records([b, c])
    records[b].seed, records[c].seed = b, a
    (edge,) = await store.observations_of([c])
    refused = Observation(edge.record, edge.identifier, edge.first_seen, active=True, refused=True)
    async with store.unit() as unit:
        await unit.resolve(ResolutionChanges(list(records.values()), [refused], {}))
    found = await audit(store, RULES)
    assert [(one.record, one.live, one.solved) for one in found.differences] == [
        (b, b, a),
        (c, a, c),
    ]
    assert not found.is_equal


@pytest.mark.parametrize("seed", range(12))
async def test_a_dry_run_counts_what_other_rules_merge_and_split(seed: int) -> None:
    entries = entries_of(random_world(Random(seed)))
    live, log = await store_of(entries), MemoryLog()
    await log.append([to_append_again(entry) for entry in entries])
    other = MemoryIdentityStore(IDS)
    assert await derive(log, handler_of(LOOSE_CATALOG, LOOSE), other) == 0
    found = await compare(live, other, LOOSE, examples=100)
    before, after = await customers(live), await customers(other)
    assert (found.before, found.after) == (len(set(before.values())), len(set(after.values())))
    pairs = {(before[key], after[key]) for key in before}
    for changes, side in ((found.merges, 1), (found.splits, 0)):
        torn = {pair[side] for pair in pairs if sum(pair[side] == p[side] for p in pairs) > 1}
        assert changes.customers == len(torn) == len(changes.examples)
        of_side = (before, after)[side]
        assert changes.records == sum(one in torn for one in of_side.values())
        assert all(one.why for one in changes.examples) or side == 0


async def test_the_same_rules_change_nothing() -> None:
    entries = entries_of(random_world(Random(7)))
    live, log = await store_of(entries), MemoryLog()
    await log.append([to_append_again(entry) for entry in entries])
    other = MemoryIdentityStore(IDS)
    await derive(log, handler_of(TEST_CATALOG, RULES), other)
    found = await compare(live, other, RULES, examples=5)
    assert (found.merges.customers, found.splits.customers) == (0, 0)
    assert found.before == found.after


def test_a_model_is_tried_beside_and_the_live_store_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[tuple[str | None, str | None]] = []

    def build(settings: IdentitySettings, *_: object) -> None:
        collected.append((settings.identity_store, settings.identity_model))

    instance = assemble(tmp_path / "data")
    monkeypatch.setattr("c360_identity.bootstrap.build", build)
    instance.service("identity", "sqlite:///beside.db", identity_model="shop-1.json")
    instance.service("identity")
    assert collected == [("sqlite:///beside.db", "shop-1.json"), (None, "default")]
