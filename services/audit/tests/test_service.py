"""Where the audit log is kept, and that a data directory of before is read on."""

import sqlite3

import pytest
from c360_audit.bootstrap import build
from c360_audit.domain.operation import AuditQuery
from c360_audit.settings import AuditSettings
from c360_audit.store.signing import size_of
from c360_audit.testing.entries import operation
from c360_audit.testing.signing import KEYS
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError, Unusable
from c360_kernel.log.entry import Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.testing.entries import new_entry

# As the gateway wrote it while it kept the audit log itself.
OF_BEFORE = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE position(
  topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
  PRIMARY KEY(topic, part)) WITHOUT ROWID, STRICT;
CREATE TABLE outbox(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL,
  id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL,
  time INTEGER NOT NULL, stamp TEXT NOT NULL, data BLOB NOT NULL,
  traceparent TEXT NOT NULL) STRICT;
CREATE TABLE begun(
  topic TEXT NOT NULL, part INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  times INTEGER NOT NULL, PRIMARY KEY(topic, part, first, last)) WITHOUT ROWID, STRICT;
CREATE TABLE leaf(
  number INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  principal TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX leaf_at ON leaf(at);
CREATE INDEX leaf_principal ON leaf(principal, number);
CREATE TABLE leaf_subject(
  subject TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(subject, number)) WITHOUT ROWID, STRICT;
CREATE TABLE footprint(
  id INTEGER PRIMARY KEY, coordinates TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE footprint_coordinate(
  coordinate TEXT NOT NULL, footprint INTEGER NOT NULL,
  PRIMARY KEY(coordinate, footprint)) WITHOUT ROWID, STRICT;
CREATE TABLE leaf_footprint(
  number INTEGER PRIMARY KEY, footprint INTEGER NOT NULL) STRICT;
PRAGMA user_version=1
"""


def service(data, **settings):
    sealer = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))
    return build(AuditSettings(data=data, **settings), default_catalog(), sealer, KEYS)


@pytest.mark.parametrize("url", ["mongodb://127.0.0.1", "sqlite:///", "postgres://x/y"])
def test_a_store_that_no_adapter_knows_is_refused_at_the_start(tmp_path, url):
    with pytest.raises(SettingsError):
        service(tmp_path, audit_store=url)


def test_the_settings_are_those_of_before(tmp_path, monkeypatch):
    monkeypatch.setenv("C360_AUDIT_STORE", f"sqlite:///{tmp_path}/elsewhere.db")
    monkeypatch.setenv("C360_AUDIT_DAYS", "7")
    settings = AuditSettings(data=tmp_path)
    assert (settings.audit_store, settings.audit_days) == (f"sqlite:///{tmp_path}/elsewhere.db", 7)


async def test_a_file_of_before_is_refused_and_one_that_is_filled_anew_has_trees(tmp_path):
    log = MemoryLog(partitions=1)
    await log.append([_new("one", "ann"), _new("two", "ann"), _new("three", "bob")])
    _write(tmp_path / "audit.db")
    fed = service(tmp_path)
    with pytest.raises(Unusable) as refused:
        fed.open_store()
    assert refused.value.code == "STORE_FORMAT"
    assert refused.value.path == tmp_path / "audit.db"
    fed = service(tmp_path / "anew")
    store = fed.open_store()
    await fed.opened(log, store)
    worker = fed.worker(log, store)
    assert await worker.step(0)
    found = await store.latest(AuditQuery(), None, 10)
    assert [(leaf.number, leaf.audited.entry_id) for leaf in found] == [
        (2, "three"),
        (1, "two"),
        (0, "one"),
    ]
    assert await store.positions() == {Partition(AUDIT, 0): 3}
    assert size_of((await store.trees.newest())[0]) == 3
    await worker.close()
    await store.close()


def _new(name, principal):
    found = operation(principal=principal, subjects=["aa"], coordinates=["Profile.name"])
    # One partition holds them all.
    return new_entry(AUDIT, "one", found, entry_id=name)


def _write(file):
    with sqlite3.connect(file) as connection:
        connection.executescript(OF_BEFORE)
    connection.close()


async def test_a_fresh_store_takes_what_is_left_of_a_log_whose_oldest_looks_are_gone(tmp_path):
    log = SqliteLog(tmp_path / "log", partitions=1)
    await log.append([_new(name, "ann") for name in ("one", "two", "three")])
    with sqlite3.connect(tmp_path / "log" / "log.db") as connection:
        connection.execute("DELETE FROM entry WHERE topic=? AND off<2", (AUDIT,))
    fed = service(tmp_path)
    store = fed.open_store()
    await fed.opened(log, store)
    worker = fed.worker(log, store)
    assert await worker.step(0)
    await log.append([_new("four", "ann")])
    assert await worker.step(1)
    found = await store.latest(AuditQuery(), None, 10)
    assert [leaf.audited.entry_id for leaf in found] == ["four", "three"]
    assert await store.positions() == {Partition(AUDIT, 0): 4}
    assert await log.committed("audit") == {Partition(AUDIT, 0): 4}
    await worker.close()
    await store.close()
    await log.close()
