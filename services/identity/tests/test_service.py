"""The service on a log: worker, relay, dead letters, and a rebuild that says nothing new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from c360_identity.bootstrap import build
from c360_identity.settings import IdentitySettings
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import CallerContext
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import DEAD_LETTERS, DECISIONS, IDENTITIES, RECORDS
from c360_kernel.payload import DecisionMade, RecordUpserted
from c360_kernel.projection import slices
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.projection.service import Service
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.entries import new_entry

CALLER = CallerContext("gateway", ())
KEY = b"an instance key for tests"


def service_at(data: Path) -> Service:
    return build(IdentitySettings(data=data), default_catalog(), KEY)


def says(key: str, phone: str, revision: int) -> NewEntry:
    record = RecordKey("crm", key)
    identifiers = (Identifier("phone", phone),)
    return new_entry(RECORDS, str(record), RecordUpserted(record, revision, 1, False, identifiers))


async def test_a_rebuild_gives_equal_state_and_states_no_difference(tmp_path: Path) -> None:
    log = MemoryLog()
    await log.append([says(f"{n}", f"1380000{n % 7:04}", 1) for n in range(60)])
    first = service_at(tmp_path / "first")
    store = first.open_store()
    worker = first.worker(log, store)
    await worker.step(0.01)
    await log.append([says(f"{n}", f"1391827{n:04}", 2) for n in range(0, 60, 3)])
    await worker.step(0.01)
    await worker.close()
    said = sum((await log.ends([IDENTITIES])).values())
    again = service_at(tmp_path / "again").open_store()
    installed: list[str] = []

    async def install() -> None:
        installed.append("again")

    assert await rebuild(first, log, again, install) == 0
    assert installed
    assert await again.digest() == await store.digest()
    assert await again.counts() == await store.counts()
    assert sum((await log.ends([IDENTITIES])).values()) == said > 60
    assert again.epoch > store.epoch


async def test_what_is_no_payload_is_put_aside_alone(tmp_path: Path) -> None:
    log = MemoryLog(partitions=1)
    good, broken = says("a", "13800001234", 1), says("b", "13800001234", 1)
    await log.append([good, replace(broken, data=b"\xff\xff")])
    service = service_at(tmp_path)
    store = service.open_store()
    worker = service.worker(log, store)
    await worker.step(0.01)
    assert sum((await log.ends([DEAD_LETTERS])).values()) == 1
    assert (await store.counts())["records"] == 1
    answer = await service.open_graph().execute(
        "query($ids: [ID!]!) { receipts(ids: $ids) { status } }",
        {"ids": [good.id, broken.id]},
        None,
        CALLER,
    )
    assert [one["status"] for one in answer["data"]["receipts"]] == ["APPLIED", "DEAD_LETTERED"]
    await worker.close()


async def test_what_a_decision_moves_beyond_measure_goes_as_profile_keeps_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer is taken apart; whoever writes of another meanwhile is told of first."""
    monkeypatch.setattr(slices, "PROMPT", 5)
    monkeypatch.setattr(slices, "_LONGEST_WAIT_S", 1e9)
    log, service = MemoryLog(), service_at(tmp_path)
    store = service.open_store()
    worker = replace(service, batch=10).worker(log, store)
    parts = {"a": "13912345671", "b": "13912345672"}
    await log.append([says(f"{part}{n}", parts[part], 1) for part in parts for n in range(30)])
    same = DecisionMade("d1", "same", RecordKey("crm", "a1"), RecordKey("crm", "b1"), "")
    undo = replace(same, decision_id="d2", kind="undo")

    async def told() -> int:
        return sum((await log.ends([IDENTITIES])).values())

    async def taken(*entries: NewEntry) -> int:
        await log.append(entries)
        before = await told()
        while await worker.step(0):
            pass
        return await told() - before

    async def profile_keeps_up() -> None:
        while await store.outgoing(1):
            consumer = log.consumer("profile", [IDENTITIES], store.positions)
            await consumer.commit(await log.ends([IDENTITIES]))
            await worker._relay_and_commit(())

    await taken()
    await profile_keeps_up()
    for one in (same, undo):
        entry = new_entry(DECISIONS, str(one.a), one, entry_id=one.decision_id)
        assert 0 < await taken(entry) < 30
        assert await taken(says(f"other{one.kind}", "13912345679", 1)) >= 1
        await profile_keeps_up()
    assert not await store.outgoing(1)
    await worker.close()
    await store.close()
