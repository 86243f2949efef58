"""More leaves than one block holds: what the file answers is what the model answers."""

from __future__ import annotations

import random

import pytest
from c360_audit.domain.operation import AuditQuery
from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.store.sqlite.blocks import SHIFT
from c360_audit.testing.entries import operation
from c360_audit.testing.memory import MemoryAuditLog
from c360_audit.testing.signing import SIGNER
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.log.topics import AUDIT
from c360_kernel.testing.entries import new_entry

COUNT = (1 << SHIFT) + 700
EVER = 2**50
QUERIES = (
    AuditQuery(),
    AuditQuery(subjects=frozenset({"c7", "c9"})),
    AuditQuery(subjects=frozenset({"c7"}), coordinate="Profile.rare"),
    AuditQuery(coordinate="Profile.rare"),
    AuditQuery(principal="rarely"),
    AuditQuery(principal="p3", coordinate="Profile.phone", since=4_200),
    AuditQuery(since=4_000, until=4_010),
    AuditQuery(until=100, kind="operation"),
    AuditQuery(tag="nothing"),
    AuditQuery(principal="nobody"),
)


def entries():
    dice = random.Random(3)
    for n in range(COUNT):
        is_rare = n in (5, 4_100, COUNT - 3)
        found = operation(
            # Not quite in the order of time, as several gateways write.
            at=n + dice.randrange(-50, 50),
            principal="rarely" if is_rare else f"p{n % 5}",
            subjects=[f"c{dice.randrange(40)}"],
            coordinates=["Profile.rare" if is_rare else dice.choice(["Profile.phone", "A.b"])],
        )
        made = new_entry(AUDIT, found.principal, found, entry_id=f"e{n}")
        yield entry_at(made, Partition(AUDIT, n % 2), n // 2)


@pytest.fixture
async def both(tmp_path):
    stores = SqliteAuditLog(tmp_path / "audit.db", SIGNER), MemoryAuditLog()
    items = list(entries())
    for store in stores:
        for first in range(0, COUNT, 1_000):
            async with store.unit() as unit:
                await AuditHandler().handle(unit, items[first : first + 1_000])
    yield stores
    await stores[0].close()


async def answers(store):
    found = []
    for query in QUERIES:
        for leaves in (
            await store.page(query, -1, 7),
            await store.page(query, 4_090, 20),
            await store.latest(query, None, 7),
            await store.latest(query, 4_100, 20),
        ):
            found.append([leaf.number for leaf in leaves])
    performed = await store.performed(3_000, 4_500)
    counted = sorted((one.actor, one.operations, one.last_at) for one in performed)
    touched = await store.touched([one.key for one in performed], 3_000, 4_500)
    summary = await store.rules_used(), await store.actors(), await store.activity(0, EVER)
    return [*found, counted, touched, *summary, await store.trees.younger(4_000)]


async def test_answers_of_many_blocks_are_those_of_the_model(both):
    file, model = both
    assert await answers(file) == await answers(model)
    for store in both:
        while await store.expire(4_300, 3_000):
            pass
    assert await answers(file) == await answers(model)
    async with file.evidence() as evidence:
        rows, after = [], -1
        while page := await evidence.rows(after, 2_000):
            rows += page
            after = page[-1].number
        assert rows and {one.faults for one in rows} == {()}
        assert list(await evidence.strays()) == []
