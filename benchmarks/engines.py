"""Records per second and query latency on the embedded stores and on real servers, in one table.

The same instance (`c360 up --processes`) each time; only the settings differ. The servers
are those of the tests: Kafka, Neo4j, and each of the two that speak MongoDB's protocol.
Baseline: the embedded stores. Records go from an append to the log until every golden
profile is made, when some thousand others have warmed the servers up. Queries ask over
HTTP for one customer through all three subgraphs, one at a time, with token, policy and
audit; the answers of all engines are compared.

    python benchmarks/engines.py --json
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import EVENTS, IDENTITIES, PROFILES
from c360_kernel.record import RecordKey
from figures import options, percentile, report
from questions import ONE_CUSTOMER
from worlds import append_all, golden, handled, record_entries

from c360_cli.assembly import assemble, copy_setup
from c360_cli.directory import DataDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.e2e.running import Running
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import MongoJavaServer, Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

QUERIES = 1_000
WARM_UP_QUERIES = 50
WARM_UP_RECORDS = 3_000
EMBEDDED = "embedded"
MONGODB = (MongoJavaServer, Nx27017)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, and what was answered on the way."""

    records_per_s: float
    query_ms: dict[str, float]
    answers: Sequence[object]


@contextmanager
def _servers(mongodb: type[Server]) -> Generator[Mapping[str, str]]:
    """Fresh servers, and the settings that choose them."""
    with ExitStack() as stack:
        urls = [stack.enter_context(_started(kind)) for kind in (KafkaServer, Neo4jServer, mongodb)]
        kafka, neo4j, mongo = urls
        yield {
            "C360_LOG": kafka,
            "C360_IDENTITY_STORE": neo4j,
            "C360_PROFILE_STORE": f"{mongo}/profile",
            "C360_AUDIT_STORE": f"{mongo}/audit",
            "C360_POLICY_STORE": f"{mongo}/policy",
        }


@contextmanager
def _started(kind: type[Server]) -> Generator[str]:
    server = kind(Path(tempfile.mkdtemp(prefix=f"c360-{kind.name}-")))
    try:
        server.start()
        yield server.url
    finally:
        server.close()


def _measure(entries: Sequence[NewEntry], keys: DataDirectory, env: Mapping[str, str]) -> Row:
    """With the same keys each time, so that the answers are the same."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        copy_setup(keys, DataDirectory(data))
        with _settings(env), Running(data, "--processes") as instance:
            asyncio.run(_append_and_wait(data, entries[:WARM_UP_RECORDS]))
            rate = asyncio.run(_append_and_wait(data, entries[WARM_UP_RECORDS:]))
            answers, taken = _ask(instance, entries)
    return Row(rate, {"p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99)}, answers)


@contextmanager
def _settings(env: Mapping[str, str]) -> Generator[None]:
    os.environ.update(env)
    try:
        yield
    finally:
        for name in env:
            del os.environ[name]


async def _append_and_wait(data: Path, entries: Sequence[NewEntry]) -> float:
    """Records per second from the first append to the last golden profile."""
    log = assemble(data).open_log()
    start = time.perf_counter()
    await append_all(log, entries)
    await golden(log)
    taken = time.perf_counter() - start
    await handled(log, "segment", EVENTS, IDENTITIES, PROFILES)
    await log.close()
    return len(entries) / taken


def _ask(instance: Running, entries: Sequence[NewEntry]) -> tuple[list[object], list[float]]:
    """The answers, and milliseconds of each query, over one connection that stays open."""
    connection = HTTPConnection("127.0.0.1", instance.port)
    token = instance.token("privacy_officer")
    requests = [RecordKey.parse(one.key) for one in random.Random(1).choices(entries, k=QUERIES)]
    for record in requests[:WARM_UP_QUERIES]:
        _answer(connection, token, record)
    answers: list[object] = []
    taken: list[float] = []
    for record in requests:
        start = time.perf_counter()
        answers.append(_answer(connection, token, record))
        taken.append((time.perf_counter() - start) * 1000)
    return answers, taken


def _answer(connection: HTTPConnection, token: str, record: RecordKey) -> object:
    body = json.dumps({"query": ONE_CUSTOMER, "variables": record._asdict()})
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    connection.request("POST", "/graphql", body, headers)
    answer = json.loads(connection.getresponse().read())
    assert "errors" not in answer, answer
    return answer["data"]["customerByRecord"]


def _figures(row: Row, baseline: Row) -> dict[str, object]:
    return {
        "records_per_s": row.records_per_s,
        "query_ms": row.query_ms,
        "ratio_records_to_embedded": row.records_per_s / baseline.records_per_s,
        "ratio_query_p50_to_embedded": row.query_ms["p50"] / baseline.query_ms["p50"],
    }


def _rows(entries: Sequence[NewEntry], keys: DataDirectory) -> dict[str, Row]:
    rows = {EMBEDDED: _measure(entries, keys, {})}
    for mongodb in MONGODB:
        with _servers(mongodb) as env:
            rows[f"kafka, neo4j, {mongodb.name}"] = _measure(entries, keys, env)
    return rows


def main() -> None:
    """Run on each engine and report."""
    chosen = options(__doc__ or "", size=10_000)
    entries = record_entries(default_catalog(), WARM_UP_RECORDS + chosen.size)
    with tempfile.TemporaryDirectory() as keys:
        assert assemble(Path(keys)).services
        rows = _rows(entries, DataDirectory(Path(keys)))
    baseline = rows[EMBEDDED]
    assert all(row.answers == baseline.answers for row in rows.values())
    table = {name: _figures(row, baseline) for name, row in rows.items()}
    report({"records": chosen.size, "queries": QUERIES, **table}, chosen)


if __name__ == "__main__":
    main()
