"""The pipeline over one generated world: customers in Neo4j come out as customers in SQLite."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import IDENTITIES
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.service import Service
from c360_kernel.record import RecordKey
from neo4j import GraphDatabase

from c360_cli.assembly import Instance, assemble, copy_setup
from c360_cli.demo.load import load_world
from c360_cli.directory import DataDirectory
from c360_cli.generate import generate_world
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain
from tests.e2e.running import Running

CUSTOMERS = 150
SEED = 12
_PAGE = 1000

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance on the embedded stores that has handled the world."""
    data = tmp_path_factory.mktemp("embedded")
    with Running(data) as running:
        world = generate_world(SEED, CUSTOMERS)
        load_world(world, running.url, lambda: running.token("connector"))
        running.settle()
    return assemble(data)


@pytest.fixture
def graph_url(neo4j_url: str) -> Iterator[str]:
    prefix = f"t{secrets.token_hex(4)}"
    yield f"{neo4j_url}?prefix={prefix}"
    with GraphDatabase.driver(neo4j_url) as driver:
        condition = f"any(label IN labels(n) WHERE label STARTS WITH '{prefix}')"
        driver.execute_query(f"MATCH (n) WHERE {condition} DETACH DELETE n")


async def test_the_world_comes_out_the_same(
    embedded: Instance, graph_url: str, tmp_path: Path
) -> None:
    copy_setup(embedded.directory, DataDirectory(tmp_path))
    instance = assemble(tmp_path)
    source, log = embedded.open_log(), instance.open_log()
    await copy_truth(source, log)
    services = [instance.service("identity", graph_url), instance.service("profile")]
    services += [instance.service("segment"), instance.service("account")]
    await drain(services, log)
    assert [await _content(s) for s in services] == [await _content(s) for s in embedded.deriving]
    assert await _customers(log) == await _customers(source)
    await source.close()
    await log.close()


async def _content(service: Service) -> tuple[str, dict[str, int]]:
    store = service.open_store()
    content = (await store.digest(), dict(await store.counts()))
    await store.close()
    return content


async def _customers(log: EventLog) -> dict[RecordKey, str]:
    """The customer id that each record was last given."""
    collected: dict[RecordKey, RecordAssigned] = {}
    for partition in await log.ends([IDENTITIES]):
        offset = 0
        while entries := await log.read(partition, offset, _PAGE):
            for entry in entries:
                assigned: RecordAssigned = decode(IDENTITIES, entry.data)
                before = collected.setdefault(assigned.record, assigned)
                collected[assigned.record] = max(before, assigned, key=lambda a: a.version)
            offset = entries[-1].offset + 1
    return {record: assigned.customer for record, assigned in collected.items()}
