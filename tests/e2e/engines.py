"""An instance on Kafka, Neo4j and MongoDB, and the embedded one that it has to equal."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from c360_cli.assembly import assemble, copy_setup
from c360_cli.demo.load import load_world
from c360_cli.directory import DataDirectory
from c360_cli.generate import World, generate_world
from c360_cli.topology import NAMES
from tests.e2e.running import Environment, Running, digest, status
from tests.servers.server import Server

SERVICES = tuple(NAMES)
SETTLE_S = 400
_CUSTOMERS = 120
_SEED = 41


class Engines:
    """One instance's names on the three servers."""

    def __init__(self, kafka: str, neo4j: str, mongodb: str) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.env: Environment = {
            "C360_LOG": f"{kafka}?prefix={name}.&session_timeout_ms=6000",
            "C360_IDENTITY_STORE": f"{neo4j}?prefix={name}",
            "C360_PROFILE_STORE": f"{mongodb.rstrip('/')}/{name}",
            "C360_ACCOUNT_STORE": f"{mongodb.rstrip('/')}/{name}",
        }

    @staticmethod
    def on(servers: Mapping[str, Server]) -> Engines:
        """Names of its own on started servers."""
        return Engines(*(servers[name].url for name in ("kafka", "neo4j", "mongodb")))


class Reference:
    """A world, and the undisturbed run of it on the embedded stores."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.world = generate_world(_SEED, _CUSTOMERS)
        with Running(data) as instance:
            load(instance, self.world)
            instance.settle()

    def prepare(self, data: Path) -> None:
        """The same keys, so that the same customers have the same ids."""
        assert assemble(self.data).services
        copy_setup(DataDirectory(self.data), DataDirectory(data))

    def expect_equal(self, data: Path, env: Environment) -> None:
        """An instance has caught up, put nothing aside, and holds the same."""
        deadline = time.monotonic() + SETTLE_S
        while (found := status(data, env))["lag"]:
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        assert (found["deadLetters"], found["quarantine"]) == (0, 0)
        assert digest(data, env) == digest(self.data)


class Loading:
    """A world being loaded in the background while something is done to the instance."""

    def __init__(self, instance: Running, world: World) -> None:
        instance.token("connector")
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(instance, world))

    def begin(self) -> None:
        """Send it from now on."""
        self._thread.start()

    def end(self) -> None:
        """Wait until it is sent; fails as sending did."""
        self._thread.join()
        assert not self._failed, self._failed

    def __enter__(self) -> Loading:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _run(self, instance: Running, world: World) -> None:
        try:
            load(instance, world)
        except BaseException as error:
            self._failed.append(error)


def load(instance: Running, world: World) -> None:
    """Send it all; nothing may be refused."""
    assert load_world(world, instance.url, lambda: instance.token("connector")) == 0
