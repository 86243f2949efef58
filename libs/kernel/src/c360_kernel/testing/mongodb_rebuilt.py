"""What every store on MongoDB must do about being rebuilt: in a generation of its own.

A service's test file subclasses the suite and says what it is about; `database_url` is a fixture
that names an empty database.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from c360_kernel.errors import Unusable
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.projection.service import DerivingService
from c360_kernel.testing.feeding import work, write_log


class RebuiltContract:
    """`states` is the collection of the states of generations."""

    states = ""

    def service_on(self, folder: Path, url: str) -> DerivingService:
        """The service."""
        raise NotImplementedError

    def entries(self) -> Sequence[NewEntry]:
        """A world of some keys."""
        raise NotImplementedError

    def wrong(self, payload: Any) -> Any:  # noqa: ANN401 - of the service's own kind
        """The payload with another content."""
        raise NotImplementedError

    @pytest.fixture
    async def log(self, tmp_path: Path) -> AsyncGenerator[SqliteLog]:
        log = await write_log(tmp_path, self.entries())
        yield log
        await log.close()

    @pytest.fixture
    async def service(self, tmp_path: Path, database_url: str, log: SqliteLog) -> DerivingService:
        service = self.service_on(tmp_path, database_url)
        await work(service, log)
        return service

    async def test_a_reader_that_is_open_goes_on_with_the_new_store(
        self, service: DerivingService, log: SqliteLog, database_url: str
    ) -> None:
        reader = service.open_store()
        digest, counts = await reader.digest(), await reader.counts()
        assert await _rebuilt(service, log) == 0
        assert await reader.digest() == digest
        assert await reader.counts() == counts
        async with reader.unit() as unit:
            assert unit.epoch == 1
        assert _generations(database_url) == {1}
        await reader.close()

    async def test_what_the_store_had_wrong_is_stated_right(
        self, service: DerivingService, log: SqliteLog
    ) -> None:
        store = service.open_store()
        said = await _said(store)
        payload = next(one for one in said.values() if one.content() is not None)
        async with store.unit() as unit:
            await service.restate(unit, [self.wrong(payload)])
        worker = service.worker(log, store)
        await worker.relay()
        assert await _rebuilt(service, log) == 1
        assert (await _said(store))[payload.key].content() == payload.content()
        assert await store.outgoing(1) == []
        await worker.close()
        await store.close()

    async def test_a_rebuild_that_was_killed_is_swept_away_by_the_next(
        self, service: DerivingService, log: SqliteLog, database_url: str
    ) -> None:
        assert service.open_aside is not None
        reader = service.open_store()
        digest = await reader.digest()
        abandoned = service.open_aside()
        await abandoned.start_epoch(1)
        assert set((await abandoned.counts()).values()) == {0}
        assert await reader.digest() == digest
        assert await _rebuilt(service, log) == 0
        assert await reader.digest() == digest
        assert _generations(database_url) == {2}
        for store in (abandoned, reader):
            await store.close()

    async def test_another_format_is_refused_until_it_is_rebuilt(
        self, service: DerivingService, log: SqliteLog, database_url: str
    ) -> None:
        expected = await _digest(service)
        with MongoClient[Any](database_url) as client:
            states = client.get_default_database()[self.states]
            states.update_many({"_id": {"$ne": "live"}}, {"$set": {"format": 99}})
        store = service.open_store()
        with pytest.raises(Unusable, match=f"c360 replay --projection {service.name}") as refused:
            await store.digest()
        assert refused.value.code == "STORE_FORMAT"
        await store.close()
        await _rebuilt(service, log)
        assert await _digest(service) == expected


async def _rebuilt(service: DerivingService, log: EventLog) -> int:
    assert service.open_aside is not None
    store = service.open_aside()
    differences = await rebuild(service, log, store, store.install)
    await store.close()
    return differences


async def _said(store: Any) -> Mapping[Any, Any]:  # noqa: ANN401 - of the service's own kind
    return {payload.key: payload async for payload in store.emissions()}


async def _digest(service: DerivingService) -> str:
    store = service.open_store()
    try:
        return await store.digest()
    finally:
        await store.close()


def _generations(url: str) -> set[int]:
    """The numbers that collections of a generation end in."""
    with MongoClient[Any](url) as client:
        names = client.get_default_database().list_collection_names()
    ends = (name.rpartition("_")[2] for name in names)
    return {int(end) for end in ends if end.isdigit()}
