"""The servers themselves: they keep their port and data through a crash, and never outlive us."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from pymongo import MongoClient

from tests.servers.downloads import Unavailable, tool
from tests.servers.mongodb import MongoJavaServer, Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server, ServerFailed

_REPOSITORY = Path(__file__).parents[2]
_STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from tests.servers.mongodb import Nx27017
server = Nx27017(Path(sys.argv[1]))
server.start()
print(server._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.servers
def test_neo4j_keeps_what_it_acknowledged_through_a_crash(neo4j_server: Neo4jServer) -> None:
    _query(neo4j_server.url, "CREATE (:Thing {name: 'kept'})")
    neo4j_server.kill()
    neo4j_server.start()
    assert _query(neo4j_server.url, "MATCH (t:Thing) RETURN t.name") == [["kept"]]


@pytest.mark.servers
def test_nx_27017_keeps_what_it_acknowledged_through_a_crash(nx_27017_server: Nx27017) -> None:
    _insert(nx_27017_server.url, 200)
    nx_27017_server.kill()
    nx_27017_server.start()
    assert _count(nx_27017_server.url) == 200


@pytest.mark.servers
def test_both_mongodb_servers_answer(mongodb_url: str) -> None:
    _insert(mongodb_url, 10)
    assert _count(mongodb_url) >= 10


@pytest.mark.servers
def test_mongo_java_server_keeps_its_data_when_stopped_gently(
    mongo_java_server: MongoJavaServer,
) -> None:
    _insert(mongo_java_server.url, 10)
    mongo_java_server.stop()
    mongo_java_server.start()
    assert _count(mongo_java_server.url) == 10


def test_a_killed_test_process_leaves_no_server(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _STARTS_AND_WAITS, str(tmp_path)]
    tests = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_REPOSITORY)
    assert tests.stdout is not None
    server = int(tests.stdout.readline())
    tests.kill()
    tests.wait()
    deadline = time.monotonic() + 10
    while _alive(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(server)


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="cannot bind"):
        _Broken(tmp_path).start()


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(Unavailable, match="java is not installed"):
        tool("java")


class _Broken(Server):
    name = "broken"

    @property
    def url(self) -> str:
        return ""

    def command(self) -> list[str]:
        return [sys.executable, "-c", "raise SystemExit('cannot bind')"]

    def probe(self) -> None:
        raise ConnectionRefusedError


def _query(url: str, text: str) -> list[list[object]]:
    with GraphDatabase.driver(url) as driver:
        return [record.values() for record in driver.execute_query(text).records]


def _insert(url: str, count: int) -> None:
    client: MongoClient[dict[str, object]] = MongoClient(url)
    with client:
        for _ in range(count):
            client["servers_test"]["things"].insert_one({"kept": True})


def _count(url: str) -> int:
    client: MongoClient[dict[str, object]] = MongoClient(url)
    with client:
        return client["servers_test"]["things"].count_documents({"kept": True})


def _alive(process: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0]
        return state != "Z"
    return False
