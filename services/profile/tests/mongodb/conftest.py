"""Databases of one's own on the shared servers."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from c360_profile.store.mongodb.store import MongoProfileStore, open_store
from pymongo import MongoClient

FreshStore = Callable[[], AbstractAsyncContextManager[MongoProfileStore]]


def _own_database(server_url: str) -> str:
    server, _, options = server_url.partition("?")
    return f"{server.rstrip('/')}/c360_{secrets.token_hex(4)}" + (f"?{options}" if options else "")


def _drop(database_url: str) -> None:
    with MongoClient(database_url) as client:
        client.drop_database(client.get_default_database().name)


@pytest.fixture
def database_url(mongodb_url: str) -> Iterator[str]:
    url = _own_database(mongodb_url)
    yield url
    _drop(url)


@pytest.fixture
async def mongo_store(database_url: str) -> AsyncIterator[MongoProfileStore]:
    store = open_store(database_url)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def fresh_store(mongodb_url: str) -> FreshStore:
    """Opens an empty store, as often as an example needs one."""

    @asynccontextmanager
    async def fresh() -> AsyncIterator[MongoProfileStore]:
        url = _own_database(mongodb_url)
        store = open_store(url)
        yield store
        await store.close()
        _drop(url)

    return fresh
