"""Naming a Neo4j server: what is understood, and that no secret shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_identity.bootstrap import build
from c360_identity.settings import IdentitySettings
from c360_identity.store.neo4j import open_store, parse_address
from c360_identity.store.neo4j.labels import Labels
from c360_identity.testing.entries import IDS
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.errors import SettingsError, Transient

SECRET = "hunter2"


def test_an_address_is_read_from_its_url() -> None:
    address = parse_address("neo4j+s://ann:p%40ss@db.example:7000/?prefix=east&database=crm")
    assert (address.uri, address.login) == ("neo4j+s://db.example:7000", ("ann", "p@ss"))
    assert (address.prefix, address.database) == ("east", "crm")
    assert parse_address("bolt://[::1]").uri == "bolt://[::1]"
    assert parse_address("neo4j://db").login is None


@pytest.mark.parametrize(
    "rest",
    [
        "@",
        "@db:port",
        "@db:7687/path",
        "@db:7687?prefix=a-b",
        "@db:7687?prefix=1",
        "@db:7687?other=1",
        "@db:7687#part",
        "@db:7687#",
        "@db:7687?database=system",
        "@db:7687?database=a%20b!",
        "@db:7687?database=",
        "@db:7687?database=ab",
        "@db:7687?prefix=a&prefix=b",
        "@db:7687?prefix",
        "@[db:7687",
        "@db:0",
        "@db:99999",
        "@db:",
        "@d b",
        "@dü",
        "@a,b",
        "@..",
        "@db//",
        "@db\n",
        "%zz@db",
        "%ff@db",
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(rest: str, tmp_path: Path) -> None:
    settings = IdentitySettings(data=tmp_path, identity_store=f"neo4j://ann:{SECRET}{rest}")
    with pytest.raises(SettingsError) as refused:
        build(settings, default_catalog(), b"an instance key for tests")
    assert SECRET not in f"{refused.value!r} {refused.value.__cause__!r} {settings!r}"


@pytest.mark.parametrize("login", ["ann", "ann:", ":word", ""])
def test_half_a_login_is_refused_and_not_dropped(login: str) -> None:
    with pytest.raises(SettingsError):
        parse_address(f"neo4j://{login}@db:7687")


def test_an_address_does_not_show_its_login() -> None:
    assert SECRET not in repr(parse_address(f"neo4j://ann:{SECRET}@db:7687"))


@pytest.mark.parametrize("scheme", ["neo4j", "bolt"])
async def test_a_server_that_is_not_there_is_transient(
    scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(parse_address(f"{scheme}://ann:{SECRET}@127.0.0.1:9"), IDS)
    with pytest.raises(Transient) as failed:
        await store.positions()
    assert SECRET not in f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"
    await store.close()


def test_only_labels_are_prefixed() -> None:
    labels = Labels("east", 3)
    statement = "MATCH (r:Record {id: id})-[:OBSERVED]->(i) USING INDEX r:Record(id) RETURN r.Name"
    assert labels.apply(statement) == (
        "CYPHER replan=skip"
        " MATCH (r:eastRecord_3 {id: id})-[:OBSERVED]->(i) USING INDEX r:eastRecord_3(id)"
        " RETURN r.Name"
    )
