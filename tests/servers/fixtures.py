"""Pytest fixtures that give real servers; a plugin for the root `conftest.py`.

`kafka_url`, `neo4j_url`, `mongodb_url`: a server for the whole run, or the one
that `C360_TEST_KAFKA`, `C360_TEST_NEO4J`, `C360_TEST_MONGODB` names. Tests share
it, so each keeps to names of its own. `kafka_server`, `neo4j_server`,
`mongo_java_server`, `nx_27017_server`: one's own, to be killed and started again.

Where a server cannot be had the test is skipped and the end of the run says so;
with `C360_REQUIRE_SERVERS=1` it fails.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar, cast

import pytest

from tests.servers.downloads import Unavailable
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import MongoJavaServer, Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

_NOT_RUN = "no server: "
_MONGODB = "C360_TEST_MONGODB"
_MONGODB_SERVERS = {kind.name: kind for kind in (MongoJavaServer, Nx27017)}
_running: list[Server] = []
S = TypeVar("S", bound=Server)


class _Reporter(Protocol):
    stats: dict[str, list[pytest.TestReport]]

    def section(self, title: str, *, red: bool) -> None: ...

    def line(self, msg: str, *, red: bool) -> None: ...


@contextmanager
def running(kind: type[S]) -> Iterator[S]:
    """A started server of this kind; its data goes with it."""
    server = kind(Path(tempfile.mkdtemp(prefix=f"c360-{kind.name}-")))
    _running.append(server)
    try:
        _start(server)
        yield server
    finally:
        _running.remove(server)
        server.close()


@pytest.fixture(scope="session")
def kafka_url() -> Iterator[str]:
    yield from _url("C360_TEST_KAFKA", KafkaServer)


@pytest.fixture(scope="session")
def neo4j_url() -> Iterator[str]:
    yield from _url("C360_TEST_NEO4J", Neo4jServer)


@pytest.fixture(
    scope="session", params=[_MONGODB] if os.environ.get(_MONGODB) else list(_MONGODB_SERVERS)
)
def mongodb_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each server that speaks MongoDB's protocol, one after the other."""
    yield from _url(_MONGODB, _MONGODB_SERVERS.get(request.param, MongoJavaServer))


@pytest.fixture
def kafka_server() -> Iterator[KafkaServer]:
    with running(KafkaServer) as server:
        yield server


@pytest.fixture
def neo4j_server() -> Iterator[Neo4jServer]:
    with running(Neo4jServer) as server:
        yield server


@pytest.fixture
def mongo_java_server() -> Iterator[MongoJavaServer]:
    with running(MongoJavaServer) as server:
        yield server


@pytest.fixture
def nx_27017_server() -> Iterator[Nx27017]:
    with running(Nx27017) as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: needs real servers, part of make test-all only")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and item.get_closest_marker("servers"):
        report.sections += [(f"{server.name} log", server.log_end()) for server in _running]
    return report


def pytest_terminal_summary(terminalreporter: object) -> None:
    """Say in red what did not run for want of a server: a skip alone is easily overlooked."""
    reporter = cast(_Reporter, terminalreporter)
    reasons = [_reason(report) for report in reporter.stats.get("skipped", [])]
    missing = [reason for reason in reasons if _NOT_RUN in reason]
    if missing:
        reporter.section("NOT RUN FOR WANT OF SERVERS", red=True)
        for reason in sorted(set(missing)):
            reporter.line(f"{missing.count(reason)} tests: {reason}", red=True)


def _url(variable: str, kind: type[Server]) -> Iterator[str]:
    given = os.environ.get(variable)
    if given:
        yield given
        return
    with running(kind) as server:
        yield server.url


def _start(server: Server) -> None:
    missing = None
    try:
        server.start()
    except Unavailable as error:
        missing = f"{_NOT_RUN}{server.name}: {error}"
    if missing and os.environ.get("C360_REQUIRE_SERVERS") == "1":
        pytest.fail(missing, pytrace=False)
    if missing:
        pytest.skip(missing)


def _reason(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
