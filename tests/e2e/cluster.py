"""Every service in a process of its own on servers of its own, and what its log holds."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from c360_kernel.log.entry import Entry, Partition, Positions
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DEAD_LETTERS
from c360_kernel.projection.service import DerivingService

from c360_cli.assembly import Instance, assemble
from c360_cli.topology import NAMES
from tests.e2e.running import Environment, Running
from tests.servers.fixtures import running
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

SERVICES = tuple(NAMES)
GATEWAY = "gateway"
WAIT_S = 180


@dataclass(frozen=True, slots=True)
class Servers:
    """One's own servers; profile's database is not the one of the gateway's stores."""

    kafka: KafkaServer
    neo4j: Neo4jServer
    profiles: Nx27017
    gateways: Nx27017

    @property
    def env(self) -> Environment:
        """The settings that put an instance on them."""
        return {
            "C360_LOG": f"{self.kafka.url}?session_timeout_ms=4000",
            "C360_IDENTITY_STORE": self.neo4j.url,
            "C360_PROFILE_STORE": f"{self.profiles.url}/profile",
            "C360_AUDIT_STORE": f"{self.gateways.url}/gateway",
            "C360_POLICY_STORE": f"{self.gateways.url}/gateway",
        }


@contextmanager
def started_servers() -> Iterator[Servers]:
    """Started servers, to be killed and started again."""
    with ExitStack() as stack:
        kinds = (KafkaServer, Neo4jServer, Nx27017, Nx27017)
        yield Servers(*(stack.enter_context(running(kind)) for kind in kinds))


@contextmanager
def away(server: Server) -> Iterator[None]:
    """A server that was killed, for the block."""
    server.kill()
    try:
        yield
    finally:
        server.start()


class Log:
    """What is in an instance's log, and how far its consumers are."""

    def __init__(self, data: Path, env: Environment, *beside: str) -> None:
        self._runner = asyncio.Runner()
        with patch.dict(os.environ, env):
            instance = assemble(data)
            self._log = self._runner.run(_opened(instance))
            services = instance.services
        groups: dict[str, Sequence[str]] = {one.consumer_group: one.topics for one in services}
        self.groups: Mapping[str, Sequence[str]] = {**groups, **{name: (name,) for name in beside}}

    def ends(self, *topics: str) -> Mapping[Partition, int]:
        """The offset after the last entry, by partition."""
        return self._runner.run(self._log.ends(topics))

    def size(self, *topics: str) -> int:
        """How many entries these topics hold."""
        return sum(self.ends(*topics).values())

    def entries(self, topic: str) -> list[Entry]:
        """All entries of a topic."""
        return [
            entry
            for partition, end in self.ends(topic).items()
            for entry in self._runner.run(self._log.read(partition, 0, end))
        ]

    def committed(self, group: str) -> Mapping[Partition, int]:
        """How far a group has told that it is."""
        return self._runner.run(self._log.committed(group))

    def tell(self, group: str, positions: Positions) -> None:
        """Commit for a group without members, as `kafka-consumer-groups --reset-offsets` does."""
        self._runner.run(self._tell(group, positions))

    def wait_until_handled(self) -> None:
        """Return once nothing is left to handle, group by group in the order data flows."""
        for group in self.groups:
            wait_until(partial(self._is_through, group))

    def close(self) -> None:
        """Disconnect."""
        self._runner.run(self._log.close())
        self._runner.close()

    def _is_through(self, group: str) -> bool:
        found = self.committed(group)
        ends = self.ends(*self.groups[group]).items()
        return all(found.get(partition, 0) == end for partition, end in ends)

    async def _tell(self, group: str, positions: Positions) -> None:
        async def start() -> Positions:
            return {}

        member = self._log.consumer(group, self.groups[group], start)
        try:
            await member.poll(1, 0.1)
            await member.commit(positions)
        finally:
            await member.close()


async def _opened(instance: Instance) -> EventLog:
    return instance.open_log()


def digest(data: Path, env: Environment) -> dict[str, str]:
    """What `c360 digest` says of the projections, without starting a command."""
    with patch.dict(os.environ, env):
        services = assemble(data).deriving
    return asyncio.run(_digests(services))


async def _digests(services: Sequence[DerivingService]) -> dict[str, str]:
    found: dict[str, str] = {}
    for service in services:
        store = service.open_store()
        found[service.name] = await store.digest()
        await store.close()
    return found


class Cluster:
    """The domain services and a gateway, each a process; `parts` are they by name."""

    def __init__(self, data: Path, env: Environment) -> None:
        self.data = data
        self.env = env
        served = {name: Running(data, subcommand=("serve", name), env=env) for name in SERVICES}
        urls = ",".join(f"{name}={one.url}" for name, one in served.items())
        self._flags = ("--subgraphs", urls)
        self.gateway = self.another_gateway({})
        self.parts = {**served, GATEWAY: self.gateway}
        self.log = Log(data, env)

    def __enter__(self) -> Cluster:
        for part in self.parts.values():
            part.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for part in reversed(self.parts.values()):
            part.stop()
        self.log.close()

    def another_gateway(self, env: Environment) -> Running:
        """One more gateway over the same services, under settings of its own."""
        serve = ("serve", GATEWAY)
        return Running(self.data, *self._flags, subcommand=serve, env={**self.env, **env})

    def ready(self, part: str) -> tuple[int, dict[str, Any]]:
        """What a part says at `/readyz`."""
        return probe(self.parts[part], "/readyz")

    def alive(self) -> list[int]:
        """What every part says at `/livez`."""
        return [probe(part, "/livez")[0] for part in self.parts.values()]

    def processes(self) -> list[int]:
        """Who runs the parts; fails when one has ended."""
        assert all(part.process.poll() is None for part in self.parts.values())
        return [part.process.pid for part in self.parts.values()]

    def dead_letters(self) -> int:
        """How many entries no handler could take."""
        return self.log.size(DEAD_LETTERS)


def probe(part: Running, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body of a probe."""
    try:
        with urllib.request.urlopen(part.url + path, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def wait_until(condition: Callable[[], bool], patience_s: float = WAIT_S) -> None:
    """Ask until it holds."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)
