"""Two instances on one of anything: the second is refused by name and changes nothing.

| shared | on files | on a server | the second says |
|---|---|---|---|
| log | a copied folder | Kafka, one prefix | `LOG_FOREIGN` |
| identity store | SQLite | Neo4j, one prefix | `STORE_FOREIGN` |
| profile store | SQLite | MongoDB, one database | `STORE_FOREIGN` |
| segment store | SQLite | | `STORE_FOREIGN` |
| history of events | | ClickHouse, one database | `STORE_FOREIGN` |
| account store | SQLite | MongoDB, one database | `STORE_FOREIGN` |
| audit store | SQLite | MongoDB, one database | `STORE_FOREIGN` |
| policy store | | MongoDB, one database | `STORE_FOREIGN` |

The other parts are on files, or all on servers. With equal keys and another log it is
`LOG_FOREIGN` throughout, save for policy, which comes from no log, and for a history, which
knows its log and replica alone.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_kernel.errors import C360Error
from c360_kernel.log.topics import DEAD_LETTERS, RECORDS
from c360_segment.testing.clickhouse import running_clickhouse

from c360_cli.assembly import copy_setup
from c360_cli.directory import DataDirectory
from c360_cli.projections.rebuilding import rebuild_in_place
from c360_cli.projections.status import read_status
from tests.component.two_instances import (
    EMBEDDED,
    SERVERS,
    Place,
    Urls,
    digests,
    placed,
    refusal_of,
    run,
)
from tests.e2e.running import Running, command
from tests.servers.fixtures import running
from tests.servers.mongodb import Nx27017

pytestmark = pytest.mark.slow
FILES = ("identity", "profile", "segment", "account", "audit")
ON_SERVERS = ("log", "identity", "profile", "account", "audit", "policy")
NAMING = ("account", "audit", "identity", "instance")
NO_SERVERS = Urls()


@pytest.fixture(scope="module")
def urls(kafka_url: str, neo4j_url: str) -> Iterator[Urls]:
    """One server that speaks MongoDB's protocol is enough: the contract suites run on each."""
    with running(Nx27017) as mongodb:
        yield Urls(kafka_url, neo4j_url, mongodb.url)


async def _expect_refused(first: Place, second: Place, code: str) -> None:
    """The first runs, the second does not, and the first has noticed nothing."""
    await run(first, "1", "2", "3")
    before = await digests(first)
    for _ in range(2):
        assert await refusal_of(second, *(f"other{n}" for n in range(9))) == code
    await run(first)
    assert await digests(first) == before
    with first.instance() as instance:
        log = instance.open_log()
        assert (await read_status(instance, log)).lag == 0
        assert sum((await log.ends([DEAD_LETTERS])).values()) == 0
        assert sum((await log.ends([RECORDS])).values()) == 3
        await log.close()


def _file(part: str, place: Place) -> str:
    return f"sqlite:///{place.data / f'{part}.db'}"


@pytest.mark.parametrize("keys", ["other keys", "equal keys"])
@pytest.mark.parametrize("shared", FILES)
async def test_on_files(tmp_path: Path, shared: str, keys: str) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    await run(first)
    if keys == "equal keys":
        copy_setup(DataDirectory(first.data), DataDirectory(second.data))
    second.given(shared, _file(shared, first))
    code = "LOG_FOREIGN" if keys == "equal keys" else "STORE_FOREIGN"
    await _expect_refused(first, second, code)


async def test_a_copied_folder_of_the_log(tmp_path: Path) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    await run(second)
    await run(first)
    shutil.rmtree(second.data / "log")
    shutil.copytree(first.data / "log", second.data / "log")
    await _expect_refused(first, second, "LOG_FOREIGN")


async def test_a_log_that_was_made_anew_beside_its_stores(tmp_path: Path) -> None:
    """Also when it has grown longer than the one before."""
    first = placed(tmp_path, EMBEDDED, NO_SERVERS)
    await run(first, "1", "2", "3")
    before = await digests(first)
    shutil.rmtree(tmp_path / "log")
    assert await refusal_of(first, *(str(number) for number in range(30))) == "LOG_FOREIGN"
    assert await digests(first) == before
    with first.instance() as instance:
        for name in ("identity", "profile", "segment", "account"):
            await rebuild_in_place(instance, name)
    for name in ("audit", "activation"):
        (tmp_path / f"{name}.db").unlink()
    assert await refusal_of(first, "4") == ""


async def test_replicas_of_one_instance_are_one(tmp_path: Path) -> None:
    first = placed(tmp_path / "one", EMBEDDED, NO_SERVERS)
    await run(first, "1")
    again = Place(first.data, {})
    for part in FILES:
        again.given(part, _file(part, first))
    await run(again, "2")
    await run(first)


async def test_what_is_not_ours_is_neither_counted_nor_made_anew(tmp_path: Path) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    await run(first, "1")
    await run(second, "2")
    second.given("profile", _file("profile", first))
    before = await digests(first)
    with second.instance() as instance:
        log = instance.open_log()
        with pytest.raises(C360Error) as counted:
            await read_status(instance, log)
        await log.close()
        with pytest.raises(C360Error) as rebuilt:
            await rebuild_in_place(instance, "profile")
    assert (counted.value.code, rebuilt.value.code) == ("STORE_FOREIGN", "STORE_FOREIGN")
    assert await digests(first) == before


@pytest.mark.parametrize("fault", ["PRAGMA user_version=99", "DROP TABLE position"])
async def test_a_file_of_another_s_is_not_replaced_because_it_is_at_fault(
    tmp_path: Path, fault: str
) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    await run(first, "1")
    await run(second, "2")
    with sqlite3.connect(first.data / "profile.db") as connection:
        connection.execute(fault)
    second.given("profile", _file("profile", first))
    with second.instance() as instance, pytest.raises(C360Error) as refused:
        await rebuild_in_place(instance, "profile")
    assert refused.value.code == "STORE_FOREIGN"


async def test_stores_and_a_log_of_before_there_were_ids_are_taken_up_once(tmp_path: Path) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    await run(first, "1", "2")
    before = await digests(first)
    for file in (
        *(first.data / f"{name}.db" for name in (*FILES, "activation")),
        first.data / "log" / "log.db",
    ):
        with sqlite3.connect(file) as connection:
            connection.execute("DELETE FROM meta WHERE name IN ('id', 'instance', 'stamp')")
            connection.execute("DELETE FROM meta WHERE name LIKE 'origin%'")
    await run(first)
    assert await digests(first) == before
    second.given("profile", _file("profile", first))
    assert await refusal_of(second) == "STORE_FOREIGN"


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--processes",)])
def test_the_command_says_so_and_ends(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with Running(tmp_path / "one"):
        pass
    env = {"C360_PROFILE_STORE": f"sqlite:///{tmp_path / 'one' / 'profile.db'}"}
    with (
        pytest.raises(AssertionError, match="STORE_FOREIGN"),
        Running(tmp_path / "two", *flags, env=env),
    ):
        pass
    for subcommand in ("digest", "status"):
        with pytest.raises(AssertionError, match="STORE_FOREIGN"):
            command(subcommand, "--data", tmp_path / "two", env=env)


@pytest.mark.servers
@pytest.mark.parametrize("others", [EMBEDDED, SERVERS])
@pytest.mark.parametrize("shared", ON_SERVERS)
async def test_on_servers(tmp_path: Path, urls: Urls, shared: str, others: str) -> None:
    first, second = (placed(tmp_path / name, others, urls) for name in ("one", "two"))
    url = urls.place(shared)
    for place in (first, second):
        place.given(shared, url)
    await _expect_refused(first, second, "LOG_FOREIGN" if shared == "log" else "STORE_FOREIGN")


@pytest.mark.servers
@pytest.mark.parametrize("second", ["instance", "replica"])
async def test_on_clickhouse(tmp_path: Path, second: str) -> None:
    first, other = (placed(tmp_path / name, EMBEDDED, NO_SERVERS) for name in ("one", "two"))
    if second == "replica":
        other = Place(first.data, {"C360_REPLICA": "two"})
        other.given("segment", f"sqlite:///{tmp_path / 'two.db'}")
    with running_clickhouse(tmp_path / "clickhouse") as engine, engine.served("c360") as server:
        url = f"clickhouse://{server.user}:{server.password}@{server.host}:{server.port}/c360"
        for place in (first, other):
            place.given("history", url)
        await _expect_refused(first, other, "STORE_FOREIGN")


@pytest.mark.servers
async def test_a_process_without_a_volume_whose_keys_were_made_anew(
    tmp_path: Path, urls: Urls
) -> None:
    """All that stays is on servers. Stores need no check values: none is fed before its log."""
    first = placed(tmp_path / "one", SERVERS, urls)
    for name in NAMING:
        DataDirectory(first.data).key(name)
    await run(first, "1", "2", "3")
    before = await digests(first)
    for name in NAMING:
        other = Place(tmp_path / f"other-{name}", dict(first.env))
        copy_setup(DataDirectory(first.data), DataDirectory(other.data))
        for file in (other.data / "keys").glob(f"{name}.*"):
            file.unlink()
        DataDirectory(other.data).key(name)
        with pytest.raises(C360Error, match=rf"{name}\.key is another key") as refused:
            await run(other, "4")
        assert refused.value.code == "KEY_REPLACED"
    nothing_kept = Place(tmp_path / "two", dict(first.env))
    assert await refusal_of(nothing_kept, "4") == "LOG_FOREIGN"
    assert await digests(first) == before
    await run(first)


@pytest.mark.servers
@pytest.mark.parametrize("shared", ["identity", "profile", "account"])
async def test_a_rebuild_on_a_server_takes_nothing_of_another_instance(
    tmp_path: Path, urls: Urls, shared: str
) -> None:
    first, second = (placed(tmp_path / name, EMBEDDED, urls) for name in ("one", "two"))
    url = urls.place(shared)
    first.given(shared, url)
    await run(first, "1", "2")
    await run(second, "3")
    before = await digests(first)
    second.given(shared, url)
    with second.instance() as instance, pytest.raises(C360Error) as refused:
        await rebuild_in_place(instance, shared)
    assert refused.value.code == "STORE_FOREIGN"
    assert await digests(first) == before


@pytest.mark.servers
@pytest.mark.parametrize("shared", ["identity", "profile", "account"])
async def test_a_rebuild_on_a_server_takes_up_one_s_own_new_log(
    tmp_path: Path, urls: Urls, shared: str
) -> None:
    first = placed(tmp_path, EMBEDDED, urls)
    first.given(shared, urls.place(shared))
    await run(first, "1", "2")
    for name in ("log", *(f"{one}.db" for one in (*FILES, "activation"))):
        gone = tmp_path / name
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink(missing_ok=True)
    assert await refusal_of(first, "3") == "LOG_FOREIGN"
    with first.instance() as instance:
        await rebuild_in_place(instance, shared)
    assert await refusal_of(first, "4") == ""
    assert await refusal_of(first) == ""
