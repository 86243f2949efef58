"""Stores and the log go away and come back, processes are killed: all heals, nothing is lost.

One instance on real servers lives through it all, and beside it an undisturbed one on the embedded
stores is given the same writes. After each outage the two hold the same.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import pytest
from c360_audit.domain.operation import AuditQuery
from c360_audit.store.mongodb import MongoAuditLog
from c360_audit.testing.signing import SIGNER
from c360_kernel.log.topics import AUDIT, IDENTITIES, MEMBERSHIPS, PROFILES
from c360_mapping.mapping import CONSENTS, EVENTS, RECORDS
from neo4j import GraphDatabase
from pymongo import MongoClient

from c360_cli.assembly import assemble, copy_setup
from c360_cli.directory import DataDirectory
from c360_cli.generate import World, generate_world
from c360_cli.imports.client import GraphQLClient
from c360_cli.imports.sending import Sender
from tests.e2e.cluster import (
    GATEWAY,
    SERVICES,
    Cluster,
    Log,
    Servers,
    away,
    digest,
    started_servers,
    wait_until,
)
from tests.e2e.running import Running, command
from tests.e2e.worlds import split

pytestmark = [pytest.mark.servers, pytest.mark.slow]

# One for each service that is killed, and one for each other test that loads.
PARTS = len(SERVICES) + 6
PEOPLE = 6 * PARTS
CALL = 5
SEED = 43
Place = tuple[str, ...]
Item = TypeVar("Item")
DERIVED = (IDENTITIES, PROFILES, MEMBERSHIPS)
ANCHOR = {
    "source": "crm",
    "key": "anchor",
    "revision": 1,
    "observedAt": 1_700_000_000_000,
    "traits": {"name": "王小明", "phone": "139 0000 0001"},
}
UPSERT = """
mutation ($records: [RecordInput!]!, $wait: Wait! = NONE, $timeoutMs: Int! = 5000) {
  upsertRecords(records: $records, wait: $wait, timeoutMs: $timeoutMs) {
    results { index status stage }
  }
}
"""


class Pair:
    """The instance that is disturbed, and the one that is not."""

    def __init__(self, cluster: Cluster, undisturbed: Running) -> None:
        self.cluster = cluster
        self.undisturbed = undisturbed
        self._log_beside = Log(undisturbed.data, {})
        self._parts = iter(split(generate_world(SEED, PEOPLE), PARTS))

    def next_part(self) -> World:
        """People that neither instance knows yet; the undisturbed one is told of them here."""
        part = next(self._parts)
        _load(part, self.undisturbed)
        return part

    def upsert(self, record: Mapping[str, object], **variables: object) -> dict[str, Any]:
        """Write one record to both; what became of it in the disturbed one."""
        _write(self.undisturbed, record)
        return _write(self.cluster.gateway, record, **variables)

    def expect_equal(self) -> None:
        """Both hold the same once all is handled, and nothing was put aside."""
        self.cluster.log.wait_until_handled()
        self._log_beside.wait_until_handled()
        assert digest(self.cluster.data, self.cluster.env) == digest(self.undisturbed.data, {})
        assert self.cluster.dead_letters() == 0

    def close(self) -> None:
        """Disconnect."""
        self._log_beside.close()


@pytest.fixture(scope="module")
def own_servers() -> Iterator[Servers]:
    with started_servers() as started:
        yield started


@pytest.fixture(scope="module")
def pair(own_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    data, beside = tmp_path_factory.mktemp("cluster"), tmp_path_factory.mktemp("undisturbed")
    assert assemble(beside).services
    with Running(beside) as undisturbed:
        copy_setup(DataDirectory(beside), DataDirectory(data))
        with Cluster(data, own_servers.env) as cluster:
            found = Pair(cluster, undisturbed)
            _load(found.next_part(), cluster.gateway)
            found.upsert(ANCHOR)
            found.expect_equal()
            yield found
            found.close()


def _load(world: World, instance: Running) -> None:
    """Send it in small calls, as often as it takes."""
    for _ in _loading(world, instance):
        pass


def _loading(world: World, instance: Running) -> Iterator[int]:
    """Load a world; yields how many calls have been acknowledged."""
    calls = [
        (kind, [item.line() for item in batch])
        for kind, items in (
            (RECORDS, world.all_records()),
            (EVENTS, world.events),
            (CONSENTS, world.consents),
        )
        for batch in _batches(items)
    ]
    with closing(GraphQLClient(instance.url, lambda: instance.token("connector"))) as client:
        for done, (kind, lines) in enumerate(calls, 1):
            assert all(outcome.taken for outcome in Sender(client, kind, "NONE").send(lines))
            yield done


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, CALL)):
        yield batch


class Load:
    """A world being loaded beside what a test does; the block waits for its end."""

    def __init__(self, world: World, instance: Running) -> None:
        self._calls = _loading(world, instance)
        self._done = 0
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        assert not self._failed

    def wait_for_calls(self, count: int) -> None:
        """Return once so many calls have been acknowledged."""
        wait_until(lambda: self._done >= count or bool(self._failed))

    def _run(self) -> None:
        try:
            for done in self._calls:
                self._done = done
        except BaseException as error:
            self._failed.append(error)


def _write(instance: Running, record: Mapping[str, object], **variables: object) -> dict[str, Any]:
    body = {"query": UPSERT, "variables": {"records": [record], **variables}}
    answer = instance.post(body, instance.token("connector"))[1]
    (result,) = answer["data"]["upsertRecords"]["results"]
    return result


def _record(key: str) -> dict[str, Any]:
    return {**ANCHOR, "key": key, "traits": {"name": "李雷", "phone": "139 0000 0001"}}


@dataclass(frozen=True)
class Outage:
    """A store that goes, who needs it, and what becomes of questions and writes meanwhile.

    `errors` are the paths of the coded errors of `asked`, `missing` what of it is null, and
    `there` what is not.
    """

    server: str
    service: str
    asked: str
    errors: set[Place]
    missing: set[Place]
    there: set[Place]
    unaffected: str
    reached: str


OUTAGES = [
    Outage(
        server="neo4j",
        service="identity",
        asked="""{
          customerByRecord(source: "crm", key: "anchor") { id }
          customerByIdentifier(type: PHONE, value: "+8613900000001") { id }
          customers(first: 1) { edges { node { id profile { name } identifiers { phone } } } }
          segments { name size }
        }""",
        errors={
            ("customerByRecord",),
            ("customerByIdentifier",),
            ("customers", "edges", "node", "identifiers"),
        },
        missing={
            ("customerByRecord",),
            ("customerByIdentifier",),
            ("customers", "edges", "node", "identifiers"),
        },
        there={("customers", "edges", "node", "profile"), ("segments",)},
        unaffected="""{
          customers(first: 5) { totalCount edges { node { profile { name } segments { name } } } }
          segments { name size }
        }""",
        reached="LOG",
    ),
    Outage(
        server="profiles",
        service="profile",
        asked="""{
          customerByRecord(source: "crm", key: "anchor") {
            id identifiers { phone } records { key } profile { name }
            timeline { edges { node { name } } } consents { purpose }
          }
          customers(first: 1) { edges { node { id } } }
          segments { name size }
        }""",
        errors={
            ("customerByRecord", "profile"),
            ("customerByRecord", "timeline"),
            ("customerByRecord", "consents"),
            ("customers",),
        },
        missing={
            ("customerByRecord", "profile"),
            ("customerByRecord", "timeline"),
            ("customerByRecord", "consents"),
            ("customers",),
        },
        there={
            ("customerByRecord", "id"),
            ("customerByRecord", "identifiers", "phone"),
            ("customerByRecord", "records", "key"),
            ("segments",),
        },
        unaffected="""{
          customerByRecord(source: "crm", key: "anchor") {
            id identifiers { phone } records { key } segments { name }
          }
          segments { name size }
        }""",
        reached="IDENTITY",
    ),
]


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.server)
def test_a_store_that_is_away_takes_with_it_what_needs_it_and_comes_back(
    pair: Pair, own_servers: Servers, outage: Outage
) -> None:
    cluster, server = pair.cluster, getattr(own_servers, outage.server)
    before, processes = _unaffected(cluster, outage), cluster.processes()
    part = pair.next_part()
    with away(server):
        wait_until(lambda: _is_ready_without(cluster, outage.service))
        assert set(cluster.alive()) == {200}
        _expect_partial(cluster, outage)
        assert _unaffected(cluster, outage) == before
        assert pair.upsert(_record(f"{outage.server}-1")) == _result("ACCEPTED", "LOG")
        waited = pair.upsert(_record(f"{outage.server}-2"), wait="PROFILE", timeoutMs=15_000)
        assert waited == _result("ACCEPTED", outage.reached)
        _load(part, cluster.gateway)
    wait_until(lambda: _is_ready_without(cluster))
    pair.expect_equal()
    assert cluster.processes() == processes


def _is_ready_without(cluster: Cluster, *services: str) -> bool:
    """Whether all is ready but these services, whose stores are away."""
    return _gateway_says(cluster, 200, stores=[*services]) and _unready(cluster) == {*services}


def _gateway_says(cluster: Cluster, status: int, **parts: object) -> bool:
    """Whether one report of the gateway's readiness has all this at once.

    Asked again by whoever waits: on a busy machine a log may take longer for once than a probe
    waits, and counts as away.
    """
    answered, report = cluster.ready(GATEWAY)
    return answered == status and all(report[part] == value for part, value in parts.items())


def _unready(cluster: Cluster) -> set[str]:
    return {name for name in SERVICES if cluster.ready(name)[0] != 200}


def _result(status: str, stage: str) -> dict[str, Any]:
    return {"index": 0, "status": status, "stage": stage}


def _expect_partial(cluster: Cluster, outage: Outage) -> None:
    answer = cluster.gateway.ask("privacy_officer", outage.asked)
    errors = {_place(error): error["extensions"]["code"] for error in answer["errors"]}
    assert errors == dict.fromkeys(outage.errors, "STORE_UNAVAILABLE")
    assert all(_at(answer["data"], place) is None for place in outage.missing)
    assert all(_at(answer["data"], place) for place in outage.there)


def _place(error: Mapping[str, Any]) -> Place:
    """The path without the numbers of list items."""
    return tuple(step for step in error["path"] if isinstance(step, str))


def _at(data: Any, place: Place) -> Any:
    """What is there, of the first item of each list on the way."""
    for step in place:
        data = data[0][step] if isinstance(data, list) else data[step]
    return data


def _unaffected(cluster: Cluster, outage: Outage) -> Any:
    answer = cluster.gateway.ask("privacy_officer", outage.unaffected)
    assert "errors" not in answer, answer
    return answer["data"]


READ = '{ customerByRecord(source: "crm", key: "anchor") { id profile { name } } }'


def test_without_the_log_writes_and_reads_are_refused_and_afterwards_nothing_is_missing_or_double(
    pair: Pair, own_servers: Servers
) -> None:
    cluster, gateway = pair.cluster, pair.cluster.gateway
    processes, part = cluster.processes(), pair.next_part()
    gateway.token("privacy_officer")
    with Load(part, gateway) as load:
        load.wait_for_calls(6)
        with away(own_servers.kafka):
            wait_until(lambda: _gateway_says(cluster, 503, log=False))
            assert set(cluster.alive()) == {200}
            wait_until(lambda: not _unready(cluster))
            record = _record("refused")
            write = {"query": UPSERT, "variables": {"records": [record]}}
            assert _refusal(gateway.post(write, gateway.token("connector"))) == (
                503,
                None,
                "LOG_UNAVAILABLE",
            )
            read = gateway.post({"query": READ}, gateway.token("privacy_officer"))
            assert _refusal(read) == (503, None, "AUDIT_UNAVAILABLE")
    wait_until(lambda: cluster.ready(GATEWAY)[0] == 200)
    assert pair.upsert(record, wait="IDENTITY", timeoutMs=20_000)["status"] == "APPLIED"
    assert pair.upsert(record, wait="IDENTITY", timeoutMs=20_000)["status"] == "DUPLICATE"
    pair.expect_equal()
    assert cluster.processes() == processes


def _refusal(reply: tuple[int, Mapping[str, Any]]) -> tuple[int, Any, str]:
    """Status, whatever data came all the same, code."""
    status, answer = reply
    (error,) = answer["errors"]
    stated = (answer.get("data") or {}).values()
    return status, next((one for one in stated if one), None), error["extensions"]["code"]


@pytest.mark.parametrize("name", [*SERVICES, GATEWAY])
def test_a_service_killed_during_load_and_started_again_changes_nothing(
    pair: Pair, name: str
) -> None:
    victim = pair.cluster.parts[name]
    with Load(pair.next_part(), pair.cluster.gateway) as load:
        load.wait_for_calls(6)
        victim.kill()
        victim.restart()
    pair.expect_equal()


def test_a_service_that_is_away_is_missed_where_it_was_needed(pair: Pair) -> None:
    cluster, victim = pair.cluster, pair.cluster.parts["segment"]
    text = '{ segments { name } customerByRecord(source: "crm", key: "anchor") { id } }'
    victim.kill()
    try:
        wait_until(lambda: _gateway_says(cluster, 200, missing=["segment"]))
        answer = cluster.gateway.ask("privacy_officer", text)
        assert {_place(one): one["extensions"]["code"] for one in answer["errors"]} == {
            ("segments",): "SUBGRAPH_UNREACHABLE"
        }
        assert answer["data"]["segments"] is None
        assert answer["data"]["customerByRecord"]
    finally:
        victim.restart()
    wait_until(lambda: cluster.ready(GATEWAY)[1]["missing"] == [])
    assert "errors" not in cluster.gateway.ask("privacy_officer", text)


@pytest.mark.parametrize("lost", ["what the groups told", "the positions of the stores"])
def test_a_log_consumed_again_from_zero_changes_nothing(
    pair: Pair, own_servers: Servers, lost: str
) -> None:
    cluster = pair.cluster
    found, counted = cluster.log.size(*DERIVED), _audited(own_servers)
    for name in (GATEWAY, *SERVICES):
        cluster.parts[name].stop()
    if lost == "what the groups told":
        _forget_what_was_told(cluster)
    else:
        _forget_positions(cluster, own_servers)
    for name in (*SERVICES, GATEWAY):
        cluster.parts[name].restart()
    pair.expect_equal()
    assert cluster.log.size(*DERIVED) == found
    assert _audited(own_servers)[: len(counted)] == counted
    assert sorted(_audited(own_servers)) == sorted(entry.id for entry in cluster.log.entries(AUDIT))


@pytest.mark.parametrize("name", ["identity", "profile"])
def test_a_store_on_a_server_is_rebuilt_in_place_and_says_nothing_again(
    pair: Pair, name: str
) -> None:
    cluster, part = pair.cluster, pair.cluster.parts[name]
    cluster.log.wait_until_handled()
    found = cluster.log.size(*DERIVED)
    part.kill()
    printed = command("replay", "--projection", name, "--data", cluster.data, env=cluster.env)
    assert "0 differences" in printed
    part.restart()
    pair.expect_equal()
    assert cluster.log.size(*DERIVED) == found


def test_a_store_that_is_fed_is_not_rebuilt_and_its_service_goes_on(pair: Pair) -> None:
    cluster, processes = pair.cluster, pair.cluster.processes()
    with pytest.raises(AssertionError, match="GROUP_BUSY"):
        command("replay", "--projection", "identity", "--data", cluster.data, env=cluster.env)
    # How soon depends on the server, which plans its statements anew after new indexes.
    assert pair.upsert(_record("fed"))["status"] == "ACCEPTED"
    pair.expect_equal()
    assert cluster.processes() == processes


def _forget_what_was_told(cluster: Cluster) -> None:
    for group, topics in cluster.log.groups.items():
        cluster.log.tell(group, dict.fromkeys(cluster.log.ends(*topics), 0))
        assert not any(cluster.log.committed(group).values())


def _forget_positions(cluster: Cluster, servers: Servers) -> None:
    """The content stays: only how far the log was handled is gone."""
    with GraphDatabase.driver(servers.neo4j.url) as driver:
        gone = driver.execute_query("MATCH (p:Position_0) DETACH DELETE p RETURN count(*) AS n")
        assert gone.records[0]["n"] > 0
    with MongoClient[dict[str, Any]](servers.profiles.url) as client:
        states = client["profile"]["projection"]
        gone = states.update_one({"_id": "generation-0"}, {"$unset": {"positions": ""}})
        assert gone.modified_count == 1
    with MongoClient[dict[str, Any]](servers.gateways.url) as client:
        assert client["gateway"]["audit_positions"].delete_many({}).deleted_count > 0
    with closing(sqlite3.connect(cluster.data / "segment.db")) as store, store:
        assert store.execute("DELETE FROM position").rowcount > 0


def test_without_the_gateways_stores_policy_holds_for_its_time_and_the_record_waits_in_the_log(
    pair: Pair, own_servers: Servers
) -> None:
    cluster, gateway = pair.cluster, pair.cluster.gateway
    processes = cluster.processes()
    cluster.log.wait_until_handled()
    before = _audited(own_servers)
    with cluster.another_gateway({"C360_POLICY_MAX_AGE_S": "3"}) as impatient:
        impatient.token("privacy_officer")
        with away(own_servers.gateways):
            wait_until(lambda: _gateway_says(cluster, 200, stores=["audit", "policy"]))
            assert "errors" not in gateway.ask("privacy_officer", READ)
            assert pair.upsert(_record("unpoliced")) == _result("ACCEPTED", "LOG")
            wait_until(lambda: _denied(impatient))
        wait_until(lambda: not _denied(impatient))
    wait_until(lambda: cluster.ready(GATEWAY)[1]["stores"] == [])
    pair.expect_equal()
    kept = _audited(own_servers)
    assert kept[: len(before)] == before
    assert len(kept) >= len(before) + 4
    assert sorted(kept) == sorted(entry.id for entry in cluster.log.entries(AUDIT))
    assert cluster.processes() == processes


def _denied(gateway: Running) -> bool:
    answer = gateway.ask("privacy_officer", READ)
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= {"FIELD_DENIED", "ARGUMENT_DENIED"}
    return bool(codes)


def _audited(servers: Servers) -> list[str]:
    """The ids of the audit log's operations, in its order."""

    async def read() -> list[str]:
        log = MongoAuditLog(f"{servers.gateways.url}/gateway", SIGNER)
        try:
            return [one.audited.entry_id for one in await log.page(AuditQuery(), -1, 100_000)]
        finally:
            await log.close()

    return asyncio.run(read())
