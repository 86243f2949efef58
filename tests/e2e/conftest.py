"""Instances that tests of a module or of the whole run share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_policy.store.shipped import ROWS_FILE, copy_default_policy

from tests.e2e.engines import Engines, Reference
from tests.e2e.running import Running
from tests.servers.fixtures import running
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

UPSERT = """
mutation ($records: [RecordInput!]!, $wait: Wait) {
  upsertRecords(records: $records, wait: $wait) {
    results { index status code path stage }
  }
}
"""
PEOPLE = [
    {
        "source": "crm",
        "key": "1",
        "observedAt": 1_700_000_000_000,
        "traits": {"name": "王小明", "phone": "139 0000 0001", "email": "Wang@Example.cn"},
    },
    {
        "source": "erp",
        "key": "77",
        "observedAt": 1_700_000_100_000,
        "traits": {"name": "Wang Xiaoming", "phone": "+86 13900000001"},
    },
    {
        "source": "crm",
        "key": "2",
        "observedAt": 1_700_000_000_000,
        "traits": {"name": "李雷", "phone": "13900000002", "email": "lilei@example.cn"},
    },
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("instance")
    copy_default_policy(data / "policy")
    # Two people are a small group, of which an analyst would be told nothing.
    (data / "policy" / ROWS_FILE).unlink()
    with Running(data) as running:
        yield running


@pytest.fixture(scope="module")
def people(instance: Running) -> Running:
    """The instance once three records of two people are in their golden profiles."""
    body = {"query": UPSERT, "variables": {"records": PEOPLE, "wait": "PROFILE"}}
    answer = instance.post(body, instance.token("connector"))[1]
    items = answer["data"]["upsertRecords"]["results"]
    assert [item["status"] for item in items] == ["APPLIED"] * 3, answer
    return instance


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return Reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """Servers that may be harmed: they keep through a crash what they acknowledged."""
    with running(KafkaServer) as kafka, running(Neo4jServer) as neo4j, running(Nx27017) as mongodb:
        yield {"kafka": kafka, "neo4j": neo4j, "mongodb": mongodb}


@pytest.fixture
def engines(servers: dict[str, Server]) -> Engines:
    return Engines.on(servers)


@pytest.fixture(params=["embedded stores", pytest.param("servers", marks=pytest.mark.servers)])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test starts or asks is on embedded stores; then on Kafka, Neo4j and MongoDB."""
    if request.param == "servers":
        engines: Engines = request.getfixturevalue("engines")
        for name, value in engines.env.items():
            monkeypatch.setenv(name, value)
