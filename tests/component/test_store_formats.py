"""A store of another version is made anew from the log at the next start; nothing is lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.signing import SIGNER
from c360_kernel.errors import Invalid, Unusable
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain
from c360_cli.projections.mending import mend_stores, renew
from c360_cli.projections.rebuilding import rebuild_in_place
from c360_cli.topology import PORTS
from tests.e2e.running import Running, command, status

TABLES = {"identity": "record", "profile": "record", "segment": "record", "account": "record"}


def _change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)


async def _filled(data: Path) -> Instance:
    instance = assemble(data)
    # Their keys are made before anything is named under them.
    services, log = instance.services, instance.open_log()
    for number in range(20):
        record = RecordKey("crm", str(number))
        payload = RecordUpserted(record, 1, 1_000, traits={"loyaltyTier": "gold"})
        await log.append([new_entry(RECORDS, str(record), payload)])
    await drain(services, log)
    await log.close()
    return instance


async def _digests(instance: Instance) -> dict[str, str]:
    found: dict[str, str] = {}
    for service in instance.deriving:
        store = service.open_store()
        found[service.name] = await store.digest()
        await store.close()
    return found


def _damage(path: Path) -> None:
    path.write_bytes(b"\xff" * 8192)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("fault", ["number", "column", "damage"])
async def test_a_store_that_cannot_be_used_is_named_and_made_anew(
    tmp_path: Path, name: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    instance = await _filled(tmp_path)
    expected, path = await _digests(instance), tmp_path / f"{name}.db"
    if fault == "number":
        _change(path, "PRAGMA user_version=99")
    elif fault == "column":
        _change(path, f"ALTER TABLE {TABLES[name]} ADD COLUMN older TEXT")
    else:
        _damage(path)
    with pytest.raises(Unusable) as refused:
        instance.service(name).open_store()
    assert f"c360 replay --projection {name}" in refused.value.message
    await mend_stores(instance, tuple(PORTS))
    assert await _digests(instance) == expected
    assert refused.value.code in caplog.text
    log = instance.open_log()
    assert sum((await log.ends(["dead-letters"])).values()) == 0
    await log.close()


async def test_an_audit_log_that_cannot_be_used_is_kept_aside(tmp_path: Path) -> None:
    class Audit:
        def open_store(self) -> SqliteAuditLog:
            return SqliteAuditLog(tmp_path / "audit.db", SIGNER)

    await Audit().open_store().close()
    _change(tmp_path / "audit.db", "PRAGMA user_version=99")
    await renew(Audit())  # type: ignore[arg-type]
    assert await Audit().open_store().counts() == {"operations": 0}
    assert (tmp_path / "audit.db.unusable").exists()


async def test_what_was_sent_is_kept_aside_and_emptied_by_no_replay(tmp_path: Path) -> None:
    instance, path = await _filled(tmp_path), tmp_path / "activation.db"
    before = path.read_bytes()
    with pytest.raises(Invalid) as refused:
        await rebuild_in_place(instance, "activation")
    assert refused.value.code == "REPLAY_WHAT"
    assert path.read_bytes() == before
    _change(path, "PRAGMA user_version=99")
    await mend_stores(instance, ("activation",))
    assert path.with_name("activation.db.unusable").exists()


def test_the_command_that_the_refusal_names_mends_it(tmp_path: Path) -> None:
    asyncio.run(_filled(tmp_path))
    _change(tmp_path / "profile.db", "ALTER TABLE record RENAME COLUMN consents TO consents_v0")
    with pytest.raises(AssertionError, match="STORE_FORMAT"):
        command("status", "--data", tmp_path)
    assert "profile rebuilt" in command("replay", "--projection", "profile", "--data", tmp_path)
    assert status(tmp_path)["projections"]["profile"]["records"] == 20


@pytest.mark.slow
def test_a_store_that_breaks_while_it_is_fed_stops_its_worker_and_says_so(tmp_path: Path) -> None:
    """As when an operator restores another version's file under a running instance."""
    person = {"source": "crm", "key": "1", "traits": {"name": "Ann"}}
    with Running(tmp_path) as instance:
        _upsert(instance, [person])
        instance.settle()
        _change(tmp_path / "profile.db", "ALTER TABLE record RENAME COLUMN consents TO consents_v0")
        _upsert(instance, [{**person, "key": str(number)} for number in range(40)])
        assert _readiness(instance.url)["stopped"] == {"profile": "STORE_FORMAT"}
        counted = urllib.request.urlopen(f"{instance.url}/metrics", timeout=5).read().decode()
        assert 'c360_workers_stopped_total{group="profile",code="STORE_FORMAT"} 1' in counted
        assert instance.process.poll() is None
        instance.stop()
        instance.restart()
        instance.settle()
        found = status(tmp_path)
        assert found["deadLetters"] == 0
        assert found["projections"]["profile"]["records"] == 40


def _upsert(instance: Running, records: list[dict[str, object]]) -> None:
    query = "mutation W($r: [RecordInput!]!) { upsertRecords(records: $r) { accepted } }"
    body = {"query": query, "variables": {"r": records}}
    _, answer = instance.post(body, instance.token("connector", "--source", "crm"))
    assert answer["data"]["upsertRecords"]["accepted"] == len(records)


def _readiness(url: str) -> dict[str, object]:
    """The body of `/readyz` once it is refused."""
    for _ in range(100):
        time.sleep(0.1)
        try:
            with urllib.request.urlopen(f"{url}/readyz"):
                pass
        except urllib.error.HTTPError as refused:
            return json.load(refused)
    raise AssertionError("still ready")
