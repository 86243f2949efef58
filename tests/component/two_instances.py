"""Instances on engines of choice, and what one says that is given something of another's."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from c360_kernel.errors import C360Error, Transient
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.port import FedStore
from c360_kernel.projection.service import Service
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.status import read_status
from c360_cli.running.gateway_process import all_in_one
from c360_cli.running.introducing import introduce

EMBEDDED = "embedded"
SERVERS = "servers"
_PATIENCE_S = 120
SETTINGS = {
    "log": "C360_LOG",
    "identity": "C360_IDENTITY_STORE",
    "profile": "C360_PROFILE_STORE",
    "segment": "C360_SEGMENT_STORE",
    "history": "C360_SEGMENT_HISTORY",
    "account": "C360_ACCOUNT_STORE",
    "audit": "C360_AUDIT_STORE",
    "policy": "C360_POLICY_STORE",
}
Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Urls:
    """Servers, where there are any; every call names a new place on them."""

    kafka: str = ""
    neo4j: str = ""
    mongodb: str = ""

    def place(self, part: str) -> str:
        """A place of its own for a part on its server; segment has none here."""
        name = f"t{secrets.token_hex(4)}"
        places = {
            "log": f"{self.kafka}?prefix={name}.&session_timeout_ms=6000",
            "identity": f"{self.neo4j}?prefix={name}",
            **dict.fromkeys(("profile", "account", "audit", "policy"), f"{self.mongodb}/{name}"),
        }
        return places.get(part, "")


@dataclass(frozen=True, slots=True)
class Place:
    """A data directory and the settings of the instance that runs in it."""

    data: Path
    env: dict[str, str] = field(default_factory=dict[str, str])

    @contextmanager
    def instance(self) -> Iterator[Instance]:
        """The instance, under its settings for the block."""
        with patch.dict(os.environ, self.env):
            yield assemble(self.data)

    def given(self, part: str, url: str) -> None:
        """Put a part elsewhere."""
        self.env[SETTINGS[part]] = url


def placed(data: Path, engines: str, urls: Urls) -> Place:
    """An instance that shares nothing with anybody, all on files or all on servers."""
    place = Place(data)
    for part in SETTINGS if engines == SERVERS else ():
        if url := urls.place(part):
            place.given(part, url)
    return place


async def run(place: Place, *keys: str) -> None:
    """Start an instance, write these records and handle them. Raises what a start would."""
    with place.instance() as instance:
        await refuse_what_is_not_ours(instance)
        log = instance.open_log()
        for key in keys:
            record = RecordKey("crm", key)
            payload = RecordUpserted(record, 1, 1_000, traits={"loyaltyTier": "gold"})
            await log.append([new_entry(RECORDS, str(record), payload)])
        await _handle(instance, log)
        await log.close()


async def _handle(instance: Instance, log: EventLog) -> None:
    """Until nothing is left; a group on brokers is dealt its partitions first."""
    async with AsyncExitStack() as opened, asyncio.timeout(_PATIENCE_S):
        workers: list[Worker[Any]] = []
        for service in instance.services:
            store = service.open_store()
            opened.push_async_callback(store.close)
            await _open(service, log, store)
            workers.append(service.worker(log, store))
            opened.push_async_callback(workers[-1].close)
        while (await read_status(instance, log)).lag:
            for worker in workers:
                await worker.step(0.2 if SETTINGS["log"] in os.environ else 0)


async def _open(service: Service, log: EventLog, store: FedStore) -> None:
    """As a worker does: a store that does not answer yet is asked again."""
    while True:
        try:
            return await service.opened(log, store)
        except Transient:
            await asyncio.sleep(0.5)


async def refuse_what_is_not_ours(instance: Instance) -> None:
    """As `c360 up` before it listens."""
    fed = instance.services
    if SETTINGS["policy"] in os.environ:
        serving = all_in_one(instance, "127.0.0.1", 0)
        async with serving.closed_after():
            await introduce(instance, fed, serving.gateway.introduce)
    else:
        await introduce(instance, fed)


async def refusal_of(place: Place, *keys: str) -> str:
    """The code with which a start ends; empty if it does not."""
    try:
        await run(place, *keys)
    except C360Error as error:
        return error.code
    return ""


async def digests(place: Place) -> dict[str, str]:
    """What the stores hold."""
    found: dict[str, str] = {}
    with place.instance() as instance:
        for service in instance.deriving:
            store = service.open_store()
            found[service.name] = await store.digest()
            await store.close()
    return found
