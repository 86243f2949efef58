"""The audit log's contract over the model, the embedded adapter and real servers."""

import asyncio
import uuid

import pytest
from c360_audit.domain.operation import AuditQuery
from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.mongodb import MongoAuditLog
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.contract import AuditLogContract
from c360_audit.testing.entries import operation
from c360_audit.testing.memory import MemoryAuditLog
from c360_audit.testing.signing import SIGNER
from c360_audit.testing.tree_contract import AuditTreesContract
from c360_kernel.errors import SettingsError, Transient, Unusable
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT, DEAD_LETTERS
from c360_kernel.projection.worker import Worker
from c360_kernel.testing.entries import new_entry

ROUNDS = 12


class TestMemory(AuditLogContract, AuditTreesContract):
    @pytest.fixture
    def open_log(self):
        logs = {}
        return lambda name: logs.setdefault(name, MemoryAuditLog())


class TestSqlite(AuditLogContract, AuditTreesContract):
    @pytest.fixture
    def open_log(self, tmp_path):
        return lambda name: SqliteAuditLog(tmp_path / f"{name}.db", SIGNER)


@pytest.mark.servers
class TestMongo(AuditLogContract, AuditTreesContract):
    @pytest.fixture
    def open_log(self, mongodb_url):
        run = uuid.uuid4().hex[:12]
        return lambda name: MongoAuditLog(f"{mongodb_url}/audit-{run}-{name[:20]}", SIGNER)


def test_a_url_without_a_database_is_refused_and_not_repeated():
    with pytest.raises(SettingsError) as refused:
        MongoAuditLog("mongodb://user:secret@localhost:1", SIGNER)
    assert "secret" not in refused.value.message


async def test_a_server_that_is_down_is_transient():
    log = MongoAuditLog("mongodb://127.0.0.1:1/db?serverSelectionTimeoutMS=100", SIGNER)
    with pytest.raises(Transient):
        await log.positions()
    await log.close()


@pytest.mark.servers
async def test_another_format_is_refused(mongodb_url):
    url = f"{mongodb_url}/audit-format-{uuid.uuid4().hex[:12]}"
    log = MongoAuditLog(url, SIGNER)
    assert await log.positions() == {}
    await log._states.update_one({"_id": "state"}, {"$set": {"format": 99}})
    await log.close()
    again = MongoAuditLog(url, SIGNER)
    with pytest.raises(Unusable) as refused:
        await again.positions()
    assert refused.value.code == "STORE_FORMAT"
    await again.close()


@pytest.mark.servers
async def test_a_server_killed_under_load_loses_and_doubles_nothing(nx_27017_server):
    log = MemoryLog()
    store = MongoAuditLog(f"{nx_27017_server.url}/audit?serverSelectionTimeoutMS=200", SIGNER)
    worker = Worker("audit", [AUDIT], log, store, AuditHandler())
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    for batch in range(ROUNDS):
        entries = [audited(f"{batch}-{n}", f"principal-{n}") for n in range(20)]
        await log.append(entries)
        if batch == 3:
            nx_27017_server.kill()
        if batch == 6:
            await asyncio.to_thread(nx_27017_server.start)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        while sum((await log.committed("audit")).values()) < 20 * ROUNDS:
            await asyncio.sleep(0.05)
    stop.set()
    await running
    found = await store.page(AuditQuery(), -1, 10_000)
    assert [leaf.number for leaf in found] == list(range(20 * ROUNDS))
    ids = {leaf.audited.entry_id for leaf in found}
    assert ids == {f"{batch}-{n}" for batch in range(ROUNDS) for n in range(20)}
    assert sum((await log.ends([DEAD_LETTERS])).values()) == 0
    assert list(await store.attempts()) == []
    await store.close()


def audited(name, principal):
    return new_entry(AUDIT, principal, operation(principal=principal), entry_id=name)
