"""The audit log's contract over the model, the embedded adapter and real servers."""

import uuid

import pytest
from c360_gateway.audit.store.mongodb import MongoAuditLog
from c360_gateway.audit.store.sqlite import SqliteAuditLog
from c360_gateway.testing.audit_log import AuditLogContract
from c360_gateway.testing.memory import MemoryAuditLog
from c360_kernel.errors import SettingsError, Transient


class TestMemory(AuditLogContract):
    @pytest.fixture
    def open_log(self):
        logs = {}
        return lambda name: logs.setdefault(name, MemoryAuditLog())


class TestSqlite(AuditLogContract):
    @pytest.fixture
    def open_log(self, tmp_path):
        return lambda name: SqliteAuditLog(tmp_path / f"{name}.db")


@pytest.mark.servers
class TestMongo(AuditLogContract):
    @pytest.fixture
    def open_log(self, mongodb_url):
        run = uuid.uuid4().hex[:12]
        return lambda name: MongoAuditLog(f"{mongodb_url}/audit-{run}-{name[:20]}")


def test_a_url_without_a_database_is_refused_and_not_repeated():
    with pytest.raises(SettingsError) as refused:
        MongoAuditLog("mongodb://user:secret@localhost:1")
    assert "secret" not in refused.value.message


async def test_a_server_that_is_down_is_transient():
    log = MongoAuditLog("mongodb://127.0.0.1:1/db?serverSelectionTimeoutMS=100")
    with pytest.raises(Transient):
        await log.positions()
    await log.close()
