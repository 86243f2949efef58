"""A server that answers and refuses what the settings say: the start ends and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.two_instances import Place, refusal_of
from tests.servers.neo4j import Neo4jWithLogins

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def neo4j_with_logins(
    neo4j_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neo4jWithLogins]:
    """Where the other can be had, this can."""
    del neo4j_url
    server = Neo4jWithLogins(tmp_path_factory.mktemp("logins"))
    try:
        server.start()
        yield server
    finally:
        server.close()


async def test_a_database_that_neo4j_has_not(tmp_path: Path, neo4j_url: str) -> None:
    place = Place(tmp_path)
    place.given("identity", f"{neo4j_url}?database=nosuch")
    assert await refusal_of(place) == "STORE_DATABASE"


@pytest.mark.parametrize("part", ["profile", "audit", "policy"])
async def test_a_replica_set_that_the_server_is_none_of(
    tmp_path: Path, mongodb_url: str, part: str
) -> None:
    place = Place(tmp_path)
    place.given(part, f"{mongodb_url.rstrip('/')}/db?replicaSet=rs0&serverSelectionTimeoutMS=500")
    assert await refusal_of(place) == "STORE_REPLICA_SET"


async def test_a_login_that_the_server_does_not_take(
    tmp_path: Path, mongo_java_server: object
) -> None:
    place = Place(tmp_path)
    host = mongo_java_server.url.partition("//")[2]  # type: ignore[attr-defined]
    place.given("profile", f"mongodb://ann:secret@{host}/db?serverSelectionTimeoutMS=500")
    assert await refusal_of(place) == "STORE_LOGIN"


@pytest.mark.parametrize("login", ["ann:secret@", ""])
async def test_a_login_that_neo4j_does_not_take(
    tmp_path: Path, neo4j_with_logins: Neo4jWithLogins, login: str
) -> None:
    place = Place(tmp_path)
    place.given("identity", neo4j_with_logins.url.replace("//", f"//{login}"))
    assert await refusal_of(place) == "STORE_LOGIN"
