"""A golden profile larger than an entry may be: one customer is cut, nobody else notices."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from c360_cli.assembly import assemble, copy_setup
from c360_cli.directory import DataDirectory
from tests.e2e.running import NOTHING, Environment, Running, digest, status

UPSERT = """mutation ($r: [RecordInput!]!) {
  upsertRecords(records: $r, wait: PROFILE, timeoutMs: 30000) { results { status code } } }"""
LARGE = '{ customerByRecord(source: "crm", key: "1") { profileCode profile { name interests } } }'
SMALL = '{ customerByRecord(source: "crm", key: "b") { profileCode profile { name } } }'


def _record(key: str, email: str, **traits: object) -> dict[str, object]:
    identifiers = [{"type": "crm_id", "value": email}, {"type": "email", "value": email}]
    return {"source": "crm", "key": key, "identifiers": identifiers, "traits": traits}


def _upserted(instance: Running, record: dict[str, object]) -> str:
    body = {"query": UPSERT, "variables": {"r": [record]}}
    answer = instance.post(body, instance.token("connector"))[1]
    return answer["data"]["upsertRecords"]["results"][0]["status"]


def _told(instance: Running) -> tuple[Any, Any]:
    return tuple(
        instance.ask("privacy_officer", query)["data"]["customerByRecord"]
        for query in (LARGE, SMALL)
    )


def _lived(data: Path, env: Environment) -> dict[str, str]:
    """Six records of 200 KB that are one customer, and another customer, past a kill."""
    with Running(data, env=env) as instance:
        for number in range(1, 7):
            listed = [f"{number}-{item}-{'x' * 1_000}" for item in range(200)]
            record = _record(str(number), "large@example.com", name="Ann", interests=listed)
            assert _upserted(instance, record) == "APPLIED"
        assert _upserted(instance, _record("b", "bob@example.com", name="Bob")) == "APPLIED"
        instance.kill()
        instance.restart()
        assert _upserted(instance, _record("b", "bob@example.com", name="Rob")) == "APPLIED"
        cut = {"name": "Ann", "interests": None}
        large = {"profileCode": "PROFILE_TOO_LARGE", "profile": cut}
        assert _told(instance) == (large, {"profileCode": None, "profile": {"name": "Rob"}})
        _assert_a_large_item_is_refused_alone(instance)
        instance.settle()
    found = status(data, env)
    assert (found["deadLetters"], found["quarantine"]) == (0, 1)
    return digest(data, env)


def _assert_a_large_item_is_refused_alone(instance: Running) -> None:
    names = ("Ann", "Bob", "x" * 2_000_000, "Cid", "Dee", "Eve")
    records = [_record(f"i{n}", f"i{n}@example.com", name=name) for n, name in enumerate(names)]
    body = {"query": UPSERT, "variables": {"r": records}}
    answer = instance.post(body, instance.token("connector"))[1]["data"]["upsertRecords"]["results"]
    assert [one["status"] for one in answer] == ["APPLIED"] * 2 + ["REFUSED"] + ["APPLIED"] * 3
    assert answer[2]["code"] == "ITEM_TOO_LARGE"


@pytest.mark.servers
@pytest.mark.slow
def test_a_profile_above_the_largest_entry_is_cut_alike_on_every_log(
    tmp_path: Path, kafka_url: str
) -> None:
    embedded, on_kafka = tmp_path / "embedded", tmp_path / "kafka"
    assert assemble(embedded).services
    copy_setup(DataDirectory(embedded), DataDirectory(on_kafka))
    prefix = f"t{uuid.uuid4().hex[:8]}."
    assert _lived(on_kafka, {"C360_LOG": f"{kafka_url}?prefix={prefix}"}) == _lived(
        embedded, NOTHING
    )
