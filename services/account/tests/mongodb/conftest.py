"""Databases of one's own on the shared servers."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from c360_account.store.mongodb.store import MongoAccountStore, open_store
from c360_account.testing.entries import ACCOUNT_ID
from pymongo import MongoClient


def _own_database(server_url: str) -> str:
    server, _, options = server_url.partition("?")
    return f"{server.rstrip('/')}/c360_{secrets.token_hex(4)}" + (f"?{options}" if options else "")


@pytest.fixture
def database_urls(mongodb_url: str) -> Iterator[Callable[[], str]]:
    """Names an empty database, as often as an example needs one."""
    named: list[str] = []

    def name() -> str:
        named.append(_own_database(mongodb_url))
        return named[-1]

    yield name
    with MongoClient(mongodb_url) as client:
        for url in named:
            client.drop_database(url.partition("?")[0].rpartition("/")[2])


@pytest.fixture
def database_url(database_urls: Callable[[], str]) -> str:
    return database_urls()


@pytest.fixture
def open_fresh(database_urls: Callable[[], str]) -> Callable[[], MongoAccountStore]:
    """Opens an empty store."""
    return lambda: open_store(database_urls(), ACCOUNT_ID)
