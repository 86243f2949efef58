"""The pipeline over one generated world: profiles in MongoDB come out as profiles in SQLite."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_kernel.projection.service import Service
from pymongo import MongoClient

from c360_cli.assembly import Instance, assemble, copy_setup
from c360_cli.demo.load import load_world
from c360_cli.directory import DataDirectory
from c360_cli.generate import generate_world
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain
from c360_cli.projections.rebuilding import rebuild_in_place
from tests.e2e.running import Running

CUSTOMERS = 150
SEED = 11

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
def database_url(mongodb_url: str) -> Iterator[str]:
    name = f"c360_{secrets.token_hex(4)}"
    yield f"{mongodb_url.rstrip('/')}/{name}"
    with MongoClient(mongodb_url) as client:
        client.drop_database(name)


async def test_the_command_rebuilds_it_in_place(
    embedded: Instance, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_PROFILE_STORE", database_url)
    copy_setup(embedded.directory, DataDirectory(tmp_path))
    instance = assemble(tmp_path)
    source, log = embedded.open_log(), instance.open_log()
    await copy_truth(source, log)
    await drain(instance.services[:2], log)
    assert await rebuild_in_place(instance, "profile") == 0
    monkeypatch.delenv("C360_PROFILE_STORE")
    mongodb, sqlite = instance.service("profile", database_url), embedded.service("profile")
    assert await _content(mongodb) == await _content(sqlite)
    await source.close()
    await log.close()


async def test_the_world_comes_out_the_same(
    embedded: Instance, database_url: str, tmp_path: Path
) -> None:
    copy_setup(embedded.directory, DataDirectory(tmp_path))
    instance = assemble(tmp_path)
    source, log = embedded.open_log(), instance.open_log()
    await copy_truth(source, log)
    services = [instance.service("identity"), instance.service("profile", database_url)]
    services += [instance.service("segment"), instance.service("account")]
    await drain(services, log)
    assert [await _content(s) for s in services] == [await _content(s) for s in embedded.deriving]
    await source.close()
    await log.close()


async def _content(service: Service) -> tuple[str, dict[str, int]]:
    store = service.open_store()
    content = (await store.digest(), dict(await store.counts()))
    await store.close()
    return content
