"""The same world on Kafka, Neo4j and MongoDB ends in the same state as on the embedded stores."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from c360_cli.assembly import assemble, copy_setup
from c360_cli.demo.load import load_world
from c360_cli.directory import DataDirectory
from c360_cli.generate import World, generate_world
from tests.e2e.running import Environment, Running, digest, status
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

pytestmark = [pytest.mark.servers, pytest.mark.slow]

CUSTOMERS = 120
SEED = 41


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(SEED, CUSTOMERS)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, world: World) -> Path:
    """The undisturbed run on the embedded stores."""
    data = tmp_path_factory.mktemp("embedded")
    with Running(data) as instance:
        _load(instance, world)
        instance.settle()
    return data


class Engines:
    """One instance's names on the three servers."""

    def __init__(self, kafka: str, neo4j: str, mongodb: str) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.env: Environment = {
            "C360_LOG": f"{kafka}?prefix={name}.&session_timeout_ms=6000",
            "C360_IDENTITY_STORE": f"{neo4j}?prefix={name}",
            "C360_PROFILE_STORE": f"{mongodb.rstrip('/')}/{name}",
        }


def _load(instance: Running, world: World) -> None:
    refused = load_world(world, instance.url, lambda: instance.token("connector"))
    assert refused == 0


def _same_instance(embedded: Path, data: Path) -> None:
    """The same keys, so that the same customers have the same ids."""
    assert assemble(embedded).services
    copy_setup(DataDirectory(embedded), DataDirectory(data))


@pytest.fixture
def engines(kafka_url: str, neo4j_url: str, mongodb_url: str) -> Engines:
    return Engines(kafka_url, neo4j_url, mongodb_url)


def test_the_demo_world_is_the_same_on_real_engines(
    tmp_path: Path, engines: Engines, world: World, embedded: Path
) -> None:
    _same_instance(embedded, tmp_path)
    with Running(tmp_path, "--processes", env=engines.env) as instance:
        _load(instance, world)
        instance.settle()
    assert digest(tmp_path, engines.env) == digest(embedded)
    found = status(tmp_path, engines.env)
    assert (found["deadLetters"], found["quarantine"]) == (0, 0)


class Loading:
    """A world being loaded in the background while something is done to the instance."""

    def __init__(self, instance: Running, world: World) -> None:
        instance.token("connector")
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(instance, world))

    def __enter__(self) -> Loading:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        assert not self._failed

    def _run(self, instance: Running, world: World) -> None:
        try:
            _load(instance, world)
        except BaseException as error:
            self._failed.append(error)


@pytest.fixture
def own_servers(
    kafka_server: KafkaServer, neo4j_server: Neo4jServer, nx_27017_server: Nx27017
) -> dict[str, Server]:
    return {"kafka": kafka_server, "neo4j": neo4j_server, "mongodb": nx_27017_server}


def _kill_and_restart(server: Server) -> None:
    server.kill()
    time.sleep(1)
    server.start()


def _pause_for_a_while(server: Server) -> None:
    server.pause()
    time.sleep(8)
    server.resume()


@pytest.mark.parametrize("victim", ["kafka", "neo4j", "mongodb"])
@pytest.mark.parametrize("harm", [_kill_and_restart, _pause_for_a_while])
def test_a_server_killed_or_hung_during_load_changes_nothing(
    tmp_path: Path,
    own_servers: dict[str, Server],
    world: World,
    embedded: Path,
    victim: str,
    harm: Callable[[Server], None],
) -> None:
    engines = Engines(*(own_servers[name].url for name in ("kafka", "neo4j", "mongodb")))
    _same_instance(embedded, tmp_path)
    with Running(tmp_path, "--processes", env=engines.env) as instance:
        with Loading(instance, world):
            time.sleep(1.5)
            harm(own_servers[victim])
        instance.settle()
    assert digest(tmp_path, engines.env) == digest(embedded)
    assert status(tmp_path, engines.env)["deadLetters"] == 0


SERVICES = ("identity", "profile", "segment")


@pytest.fixture
def replicas(
    tmp_path: Path, engines: Engines, embedded: Path
) -> Iterator[dict[str, list[Running]]]:
    """Two of each service and of the gateway, on the same three Kafka partitions."""
    _same_instance(embedded, tmp_path)
    with ExitStack() as stack:
        found: dict[str, list[Running]] = {}
        for name in SERVICES:
            found[name] = [
                stack.enter_context(
                    Running(
                        tmp_path, subcommand=("serve", name), env=_replica_env(engines, tmp_path, n)
                    )
                )
                for n in "ab"
            ]
        found["gateway"] = [
            stack.enter_context(
                Running(
                    tmp_path,
                    "--subgraphs",
                    ",".join(f"{name}={found[name][n].url}" for name in SERVICES),
                    subcommand=("serve", "gateway"),
                    env=_replica_env(engines, tmp_path, "ab"[n]),
                )
            )
            for n in (0, 1)
        ]
        yield found


def _replica_env(engines: Engines, data: Path, replica: str) -> Environment:
    own_store = f"sqlite:///{data}/segment-{replica}.db"
    return {**engines.env, "C360_REPLICA": replica, "C360_SEGMENT_STORE": own_store}


def test_two_replicas_of_everything_with_one_of_each_killed_equal_one(
    tmp_path: Path,
    engines: Engines,
    replicas: dict[str, list[Running]],
    world: World,
    embedded: Path,
) -> None:
    survivor = replicas["gateway"][1]
    with Loading(survivor, world):
        for name in ("segment", "identity", "profile", "gateway"):
            time.sleep(1)
            replicas[name][0].kill()
    env = _replica_env(engines, tmp_path, "b")
    _settle(tmp_path, env)
    assert digest(tmp_path, env) == digest(embedded)
    assert status(tmp_path, env)["deadLetters"] == 0


def _settle(data: Path, env: Environment) -> None:
    deadline = time.monotonic() + 180
    while status(data, env)["lag"]:
        assert time.monotonic() < deadline, status(data, env)
        time.sleep(0.5)


@pytest.mark.parametrize("name", SERVICES)
def test_a_consumer_paused_for_a_minute_changes_nothing(
    tmp_path: Path, engines: Engines, world: World, embedded: Path, name: str
) -> None:
    pause_s = float(os.environ.get("C360_TEST_PAUSE_S", "60"))
    _same_instance(embedded, tmp_path)
    with ExitStack() as stack:
        parts = {
            part: stack.enter_context(
                Running(tmp_path, subcommand=("serve", part), env=engines.env)
            )
            for part in SERVICES
        }
        urls = ",".join(f"{part}={running.url}" for part, running in parts.items())
        serve = ("serve", "gateway")
        gateway = stack.enter_context(
            Running(tmp_path, "--subgraphs", urls, subcommand=serve, env=engines.env)
        )
        with Loading(gateway, world):
            time.sleep(1)
            parts[name].signal(signal.SIGSTOP)
            time.sleep(pause_s)
            parts[name].signal(signal.SIGCONT)
        _settle(tmp_path, engines.env)
    assert digest(tmp_path, engines.env) == digest(embedded)
