"""A changed catalog and a store on a server: refused with the command, which mends it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.catalog import parse_catalog
from c360_kernel.catalog.loader import default_catalog_text
from c360_kernel.errors import Unusable
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.entries import new_entry
from neo4j import GraphDatabase

from c360_cli.assembly import assemble
from c360_cli.projections.draining import drain
from c360_cli.projections.mending import make_current
from c360_cli.projections.rebuilding import rebuild_in_place

pytestmark = pytest.mark.servers

TIER = ("{normalizer: phone, tier: 2", "{normalizer: phone, tier: 3")


@pytest.fixture
def graph_url(neo4j_url: str) -> Iterator[str]:
    prefix = f"t{secrets.token_hex(4)}"
    yield f"{neo4j_url}?prefix={prefix}"
    with GraphDatabase.driver(neo4j_url) as driver:
        condition = f"any(label IN labels(n) WHERE label STARTS WITH '{prefix}')"
        driver.execute_query(f"MATCH (n) WHERE {condition} DETACH DELETE n")


async def test_identity_on_a_server_says_which_command_derives_it_again(
    graph_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_IDENTITY_STORE", graph_url)
    instance = assemble(tmp_path)
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    record = RecordKey("crm", "1")
    payload = RecordUpserted(record, 1, 1_000, identifiers=(Identifier("phone", "13900000001"),))
    await log.append([new_entry(RECORDS, str(record), payload)])
    await drain([instance.service("identity")], log)

    changed = parse_catalog(default_catalog_text().replace(*TIER), "catalog.yaml")
    other = replace(instance, catalog=changed)
    service = other.service("identity")
    assert not await make_current(other, service)
    with pytest.raises(Unusable, match="c360 replay --projection identity") as refused:
        await drain([service], log)
    assert refused.value.code == "CATALOG_CHANGED"

    await rebuild_in_place(other, "identity")
    await drain([service], log)
    await log.close()
