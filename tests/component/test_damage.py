"""Full and damaged: what is wrong is told by its code and its file, and no key is made anew."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
from c360_gateway.auth.issuers import local_key
from c360_kernel.errors import C360Error, SettingsError, Transient
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.sqlite import close_all, connect, store_errors, writing
from c360_kernel.subject_names import SubjectNames

from c360_cli.assembly import assemble
from c360_cli.directory import DataDirectory
from c360_cli.projections.rebuilding import rebuild_in_place
from tests.component.two_instances import EMBEDDED, Place, Urls, digests, placed, refusal_of, run
from tests.e2e.running import Running, command

FILES = (
    "log/log.db", "identity.db", "profile.db", "segment.db", "account.db", "activation.db",
    "audit.db",
)  # fmt: skip


async def _filled(data: Path) -> Place:
    place = placed(data, EMBEDDED, Urls())
    await run(place, "1", "2", "3")
    return place


@pytest.mark.parametrize("where", ["keys/identity.key", "keys"])
async def test_the_key_of_customers_is_never_made_anew(tmp_path: Path, where: str) -> None:
    place = await _filled(tmp_path)
    aside, lost = tmp_path / "aside", tmp_path / where
    lost.rename(aside)
    for _ in range(2):
        assert await refusal_of(place) == "KEY_MISSING"
    assert not (tmp_path / "keys" / "identity.key").exists()
    shutil.rmtree(lost, ignore_errors=True)
    aside.rename(lost)
    await run(place, "4")


async def test_without_the_store_the_log_alone_keeps_the_key_from_being_made(
    tmp_path: Path,
) -> None:
    place = await _filled(tmp_path)
    (tmp_path / "keys" / "identity.key").unlink()
    (tmp_path / "identity.db").unlink()
    assert await refusal_of(place) == "KEY_MISSING"


@pytest.mark.parametrize("name", ["account", "audit", "instance", "profile"])
async def test_a_lost_key_is_not_made_anew_where_the_log_is_elsewhere(
    tmp_path: Path, name: str
) -> None:
    directory = DataDirectory(tmp_path)
    directory.key(name)
    (tmp_path / "keys" / f"{name}.key").unlink()
    for _ in range(2):
        with pytest.raises(SettingsError, match=f"{name}.key is gone") as refused:
            directory.key(name)
        assert refused.value.code == "KEY_MISSING"


@pytest.mark.parametrize("name", ["account", "audit", "instance", "profile", "subjects"])
async def test_a_process_that_comes_without_a_volume_makes_no_key_that_the_log_knows(
    tmp_path: Path, name: str
) -> None:
    directory = DataDirectory(tmp_path)
    keys = tmp_path / "keys"
    for one in ("account", "audit", "instance", "profile"):
        directory.key(one)
    SubjectNames(keys / "subjects.key", b"")
    await assemble(tmp_path).open_log().close()
    (keys / f"{name}.key").unlink()
    (keys / f"{name}.held").unlink()
    with pytest.raises(SettingsError, match=f"{name}.key is not here") as refused:
        directory.key(name) if name != "subjects" else assemble(tmp_path).open_log()
    assert refused.value.code == "KEY_MISSING"
    assert not (keys / f"{name}.key").exists()


async def test_keys_that_were_made_anew_over_an_old_log_are_refused_by_name(
    tmp_path: Path,
) -> None:
    old, new = DataDirectory(tmp_path / "old"), DataDirectory(tmp_path / "new")
    for directory in (old, new):
        directory.key("instance")
    await SqliteLog(tmp_path / "log", keys=old.held()).close()
    with pytest.raises(SettingsError, match=r"instance\.key is another key") as refused:
        SqliteLog(tmp_path / "log", keys=new.held())
    assert refused.value.code == "KEY_REPLACED"
    (old.root / "keys" / "instance.key").rename(new.root / "keys" / "instance.previous.key")
    await SqliteLog(tmp_path / "log", keys=new.held()).close()


async def test_another_key_of_customers_is_refused_by_name(tmp_path: Path) -> None:
    place = await _filled(tmp_path)
    DataDirectory(tmp_path).key("audit")
    await run(place)
    before = await digests(place)
    key, aside = tmp_path / "keys" / "identity.key", tmp_path / "aside"
    key.rename(aside)
    key.touch(0o600)
    key.write_text("ab" * 32)
    with pytest.raises(C360Error, match=r"identity\.key is another key") as refused:
        await run(place, "4")
    assert refused.value.code == "KEY_REPLACED"
    aside.rename(key)
    assert await digests(place) == before
    await run(place, "4")


@pytest.mark.parametrize("file", ["identity.db", "log/log.db", "catalog.yaml", "../t/audit.db"])
async def test_a_store_in_another_part_s_file_is_refused_and_not_made_anew(
    tmp_path: Path, file: str
) -> None:
    """The command that mends a store would put a new one in that file's place."""
    place = await _filled(tmp_path / "t")
    held = (tmp_path / "t" / file).read_bytes()
    place.given("profile", f"sqlite:///{tmp_path / 't' / file}")
    assert await refusal_of(place) == "STORE_UNKNOWN"
    with place.instance() as instance, pytest.raises(SettingsError, match="file of its own"):
        await rebuild_in_place(instance, "profile")
    assert (tmp_path / "t" / file).read_bytes() == held


@pytest.mark.parametrize("name", ["identity", "instance", "audit"])
def test_keys_that_name_are_not_made_anew_where_stores_are_elsewhere(
    tmp_path: Path, name: str
) -> None:
    directory = DataDirectory(tmp_path)
    assert directory.key(name) == directory.key(name)
    file, aside = tmp_path / "keys" / f"{name}.key", tmp_path / "aside"
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(SettingsError, match=f"{name}.key is gone"):
            directory.key(name)
    assert not file.exists()
    aside.rename(file)
    assert directory.key(name)


def test_without_its_folder_of_keys_what_ran_once_makes_none(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.catalog_in_force.parent.mkdir()
    directory.catalog_in_force.touch()
    with pytest.raises(SettingsError, match=r"instance\.key is gone"):
        directory.key("instance")
    assert directory.key("subgraph-profile")


def test_a_new_key_of_an_instance_that_has_others_is_made_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = DataDirectory(tmp_path)
    assert directory.key("identity")
    directory.catalog_in_force.parent.mkdir()
    directory.catalog_in_force.touch()
    for name in ("instance", "audit", "subgraph-profile"):
        assert directory.key(name)
    assert "was not there" not in caplog.text


def test_a_local_issuer_whose_key_was_lost_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token.key"
    before = local_key(file)
    assert "was not there" not in caplog.text
    file.unlink()
    assert local_key(file).raw_value != before.raw_value
    assert "token.key was not there" in caplog.text


async def test_other_keys_are_made_anew_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = await _filled(tmp_path)
    (tmp_path / "keys" / "subgraph-profile.key").unlink()
    await run(place, "4")
    assert "subgraph-profile.key was not there" in caplog.text


@pytest.mark.slow
def test_the_key_of_audit_names_is_kept_while_there_are_any(tmp_path: Path) -> None:
    with Running(tmp_path) as instance:
        instance.ask("privacy_officer", "{ customers { totalCount } }")
        instance.settle()
        _wait_for_audit(tmp_path)
    (tmp_path / "keys" / "instance.key").unlink()
    with (
        pytest.raises(AssertionError, match=r"KEY_MISSING: .*instance\.key is gone"),
        Running(tmp_path),
    ):
        pass
    assert not (tmp_path / "keys" / "instance.key").exists()


def _wait_for_audit(data: Path) -> None:
    import time

    for _ in range(600):
        with sqlite3.connect(data / "audit.db") as audit:
            if audit.execute("SELECT count(*) FROM leaf").fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("nothing was kept")


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--processes",)])
def test_a_clean_stop_leaves_each_file_whole(tmp_path: Path, flags: tuple[str, ...]) -> None:
    data, copy = tmp_path / "one", tmp_path / "two"
    with Running(data, *flags) as instance:
        record = {"source": "crm", "key": "1", "traits": {"name": "Ann"}}
        query = "mutation W($r: [RecordInput!]!) { upsertRecords(records: $r, wait: PROFILE)"
        body = {"query": f"{query} {{ accepted }} }}", "variables": {"r": [record]}}
        _, answer = instance.post(body, instance.token("connector", "--source", "crm"))
        assert answer["data"]["upsertRecords"]["accepted"] == 1
        instance.settle()
    assert not [*data.rglob("*-wal"), *data.rglob("*-shm")]
    before = command("digest", "--data", data)
    for name in FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data / name, copy / name)
    shutil.copytree(data / "keys", copy / "keys")
    shutil.copy(data / "catalog.yaml", copy / "catalog.yaml")
    assert command("digest", "--data", copy) == before


def test_connections_that_were_left_open_are_closed_at_the_end(tmp_path: Path) -> None:
    left = connect(tmp_path / "a.db")
    left.execute("CREATE TABLE t(x)")
    assert (tmp_path / "a.db-wal").exists()
    close_all()
    assert not (tmp_path / "a.db-wal").exists()


@pytest.mark.parametrize("name", FILES)
async def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    await _filled(tmp_path)
    file = tmp_path / name
    file.write_bytes(b"\xff" * 8192)
    with pytest.raises(C360Error) as refused:
        _open(tmp_path, name)
    assert refused.value.code == "STORE_DAMAGED"
    assert str(file) in refused.value.message
    assert refused.value.message.count(str(file)) == 1


def _open(data: Path, name: str) -> object:
    if name == "log/log.db":
        return SqliteLog(data / "log")
    if name == "audit.db":
        from c360_audit.store.sqlite import SqliteAuditLog
        from c360_audit.testing.signing import SIGNER

        return SqliteAuditLog(data / name, SIGNER)
    return assemble(data).service(name.removesuffix(".db")).open_store()


@pytest.mark.parametrize(
    ("statement", "code"),
    [("PRAGMA max_page_count=1", "STORE_FULL"), ("PRAGMA query_only=1", "STORE_READ_ONLY")],
)
def test_a_file_that_takes_nothing_is_named(tmp_path: Path, statement: str, code: str) -> None:
    connection = connect(tmp_path / "a.db")
    with writing(connection):
        connection.execute("CREATE TABLE t(x)")
    connection.execute(statement)
    with pytest.raises(Transient) as refused, writing(connection):
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert refused.value.code == code
    assert str(tmp_path / "a.db") in refused.value.message


def test_what_is_read_for_callers_names_no_file(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.db")
    connection.execute("PRAGMA query_only=1")
    with pytest.raises(Transient) as refused, store_errors():
        connection.execute("CREATE TABLE t(x)")
    assert str(tmp_path) not in refused.value.message


@pytest.mark.slow
def test_a_killed_replay_is_refused_until_it_has_gone_on(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    place = placed(old, EMBEDDED, Urls())
    asyncio.run(run(place, *(str(number) for number in range(30))))
    expected = asyncio.run(digests(place))
    command("replay", "--from", old, "--data", new)
    # As a kill while copying leaves it: some of the truth, and nothing that was derived of it.
    _cut_short(old, new)
    for subcommand in ("up", "status", "digest"):
        with pytest.raises(AssertionError, match="REPLAY_UNFINISHED"):
            command(subcommand, "--data", new)
    asyncio.run(run(placed(tmp_path / "other", EMBEDDED, Urls()), "1"))
    with pytest.raises(AssertionError, match="REPLAY_UNFINISHED"):
        command("replay", "--from", tmp_path / "other", "--data", new)
    command("replay", "--from", old, "--data", new)
    assert asyncio.run(digests(Place(new))) == expected
    with pytest.raises(AssertionError, match="TARGET_NOT_EMPTY"):
        command("replay", "--from", old, "--data", new)


def _cut_short(old: Path, new: Path) -> None:
    with sqlite3.connect(old / "log" / "log.db") as log:
        origin = log.execute("SELECT value FROM meta WHERE name='id'").fetchone()[0]
    (new / "replay.unfinished").write_text(origin)
    with sqlite3.connect(new / "log" / "log.db") as log:
        log.execute("DELETE FROM entry WHERE topic <> 'records' OR part = 2 OR off > 3")
        log.execute("DELETE FROM committed")
    for name in ("identity", "profile", "segment"):
        for suffix in ("", "-wal", "-shm"):
            (new / f"{name}.db{suffix}").unlink(missing_ok=True)
