"""A steward's word joins two customers, keeps them apart, is taken back; all else follows."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT, DECISIONS, QUARANTINE

from tests.e2e.running import C360, Running, command

pytestmark = pytest.mark.slow
RECORDS = [
    {"source": "crm", "key": "1", "observedAt": "2026-01-01T00:00:00Z",
     "traits": {"name": "Ann Lee", "city": "Bonn", "phone": "13900001111"}},
    {"source": "web", "key": "w/2", "observedAt": "2026-01-02T00:00:00Z",
     "traits": {"name": "A. Lee", "email": "ann@example.com"}},
]  # fmt: skip
EVENT = {
    "source": "web", "key": "w/2", "messageId": "m1", "name": "order_completed",
    "occurredAt": "2026-01-03T00:00:00Z", "properties": {"orderId": "o1"},
}  # fmt: skip
CONSENT = {"source": "crm", "key": "1", "purpose": "marketing", "status": "DENIED",
           "at": "2026-01-01T00:00:00Z"}  # fmt: skip
WRITE = """mutation (
  $records: [RecordInput!]!, $events: [EventInput!]!, $consents: [ConsentInput!]!
) { upsertRecords(records: $records) { refused } recordConsent(consents: $consents) { refused }
  trackEvents(events: $events, wait: PROFILE, timeoutMs: 25000) { refused } }"""
PAIR = {"a": {"source": "crm", "key": "1"}, "b": {"source": "web", "key": "w/2"}}
SEEN = """query ($source: String!, $key: String!) { customerByRecord(source: $source, key: $key) {
  id records { source key } profile { name city } timeline { edges { node { __typename } } }
  consents { purpose status } segments { name } } }"""
DECIDE = """mutation ($items: [DecisionInput!]!) { decideIdentity(items: $items, wait: PROFILE) {
  accepted refused results { status stage code path message customerId together } } }"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("decisions") / "data") as running:
        answer = running.post(
            {
                "query": WRITE,
                "variables": {"records": RECORDS, "events": [EVENT], "consents": [CONSENT]},
            },
            running.token("connector", "--source", "*"),
        )[1]
        assert all(one["refused"] == 0 for one in answer["data"].values()), answer
        yield running


def seen(running: Running) -> list[Any]:
    """The customer of each record, as the steward sees it."""
    answers = [
        running.ask("data_steward", SEEN, source=one["source"], key=one["key"]) for one in RECORDS
    ]
    assert not any(answer.get("errors") for answer in answers), answers
    return [answer["data"]["customerByRecord"] for answer in answers]


def decide(running: Running, stated: str, **more: Any) -> dict[str, Any]:
    item = {**PAIR, "decision": stated, "reason": f"for a test: {stated}", **more}
    answer = running.ask("data_steward", DECIDE, items=[item])
    (result,) = answer["data"]["decideIdentity"]["results"]
    return result


def test_same_joins_not_same_splits_and_undo_brings_back(running: Running) -> None:
    apart = seen(running)
    assert apart[0]["id"] != apart[1]["id"]

    found = command(
        "identity", "decide", "same", "web/w/2", "crm/1", "--reason", "a test", "--json",
        "--data", running.data, "--url", running.url,
    )  # fmt: skip
    assert json.loads(found) == {
        "status": "APPLIED", "stage": "PROFILE", "code": None, "path": None, "message": None,
        "customerId": apart[0]["id"], "together": True,
    }  # fmt: skip
    joined = seen(running)
    assert joined[0] == joined[1]
    assert joined[0]["id"] == apart[0]["id"]
    assert len(joined[0]["records"]) == 2
    assert joined[0]["profile"]["city"] == "Bonn"
    assert len(joined[0]["timeline"]["edges"]) == 1
    assert {one["status"] for one in joined[0]["consents"]} == {"DENIED"}

    decide(running, "NOT_SAME")
    assert seen(running) == apart
    decide(running, "UNDO")
    assert seen(running) == joined
    decide(running, "UNDO")
    assert seen(running) == apart


def test_a_same_that_a_limit_refuses_says_so_and_is_kept(running: Running) -> None:
    numbers = ("11010519491231002X", "440524188001010014")
    records = [
        {"source": "crm", "key": key, "traits": {}, "observedAt": "2026-01-01T00:00:00Z",
         "identifiers": [{"type": "national_id", "value": number}]}
        for key, number in zip(("n1", "n2"), numbers, strict=True)
    ]  # fmt: skip
    said = (
        "mutation ($r: [RecordInput!]!) { upsertRecords(records: $r, wait: PROFILE) { refused } }"
    )
    token = running.token("connector", "--source", "*")
    _, answer = running.post({"query": said, "variables": {"r": records}}, token)
    assert answer["data"]["upsertRecords"]["refused"] == 0
    found = subprocess.run(
        [C360, "identity", "decide", "same", "crm/n1", "crm/n2", "--reason", "x", "--id", "same-n",
         "--data", str(running.data), "--url", running.url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert "applied, but not one customer: SAME_OVER_LIMIT: " in found.stdout
    assert "national_id" in found.stdout
    assert numbers[0] not in found.stdout
    pair = {"a": {"source": "crm", "key": "n1"}, "b": {"source": "crm", "key": "n2"}}
    result = decide(running, "SAME", decisionId="same-n", **pair)
    assert (result["status"], result["code"]) == ("DUPLICATE", "SAME_OVER_LIMIT")
    assert result["together"] is False
    assert decide(running, "NOT_SAME", **pair)["together"] is None


def test_what_was_decided_is_on_record_with_who_said_it(running: Running) -> None:
    decide(running, "NOT_SAME", decisionId="for-the-record")
    assert decide(running, "NOT_SAME", decisionId="for-the-record")["status"] == "DUPLICATE"
    steward = jwt_subject(running.token("data_steward"))
    made = [one for one in _payloads(running.data, DECISIONS) if one.decision_id.startswith("for")]
    assert {(one.kind, one.actor, one.reason) for one in made} == {
        ("not_same", steward, "for a test: NOT_SAME")
    }
    audited = _payloads(running.data, AUDIT)[-1]
    assert audited.principal == steward
    assert "Mutation.decideIdentity" in {use.coordinate for use in audited.uses}


def test_each_is_answered_alone_and_only_stewards_decide(running: Running) -> None:
    good = {**PAIR, "decision": "NOT_SAME", "reason": "a test", "decisionId": "again"}
    wrong = {**good, "b": PAIR["a"]}
    answer = running.ask("data_steward", DECIDE, items=[wrong, good])["data"]["decideIdentity"]
    assert (answer["accepted"], answer["refused"]) == (1, 1)
    bad = answer["results"][0]
    assert (bad["code"], bad["path"]) == ("DECISION_PAIR_INVALID", "b")
    (kept,) = _payloads(running.data, QUARANTINE)
    assert (kept.operation, kept.source, kept.key) == ("decideIdentity", "crm", "1")
    before = _payloads(running.data, DECISIONS)
    for role in ("support_agent", "privacy_officer"):
        assert _denied(running, role, good, running.token(role))
    assert _denied(running, "connector", good, running.token("connector", "--source", "*"))
    assert _payloads(running.data, DECISIONS) == before


def test_the_command_says_what_was_refused(running: Running) -> None:
    found = subprocess.run(
        [C360, "identity", "decide", "same", "crm/1", "crm/1", "--reason", "x",
         "--data", str(running.data), "--url", running.url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout.split(":")[1].strip()) == (1, "DECISION_PAIR_INVALID")


def _denied(running: Running, role: str, item: dict[str, Any], token: str) -> bool:
    _, answer = running.post({"query": DECIDE, "variables": {"items": [item]}}, token)
    return not (answer.get("data") or {}).get("decideIdentity")


def jwt_subject(token: str) -> str:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def _payloads(data: Path, topic: str) -> list[Any]:
    with closing(sqlite3.connect(data / "log" / "log.db")) as log:
        rows = log.execute("SELECT data FROM entry WHERE topic = ? ORDER BY stamp", (topic,))
        return [decode(topic, row[0]) for row in rows]


def test_it_is_told_why_two_are_one_customer_and_who_was_looked_at(running: Running) -> None:
    apart = [one["id"] for one in seen(running)]
    assert len(set(apart)) == 2
    why = json.loads(_asked(running, "why-not", "crm/1", "web/w/2"))
    assert (why["together"], why["paths"]) == (False, [])
    decide(running, "SAME", decisionId="to-explain")
    found = _asked(running, "explain", "crm/1", "web/w/2")
    (path,) = json.loads(found)["paths"]
    assert json.loads(found)["rulesVersion"] == why["rulesVersion"] != ""
    assert [(one["rule"], one["to"]["key"]) for one in path["steps"]] == [("same", "w/2")]
    audited = _payloads(running.data, AUDIT)[-1]
    assert "Query.explainIdentity" in {use.coordinate for use in audited.uses}
    assert audited.subjects
    history = json.loads(_asked(running, "history", "crm/1"))["decisions"]
    (joined,) = [one for one in history if one["decisionId"] == "to-explain"]
    assert (joined["cause"], joined["stands"], joined["reason"]) == (
        "same",
        True,
        "for a test: SAME",
    )
    then = json.loads(_asked(running, "at", "web/w/2", joined["at"]))
    assert [one["key"] for one in then["records"]] == ["1", "w/2"]
    assert json.loads(_asked(running, "review"))["edges"] == []
    decide(running, "UNDO", undoes="to-explain")
    assert [one["id"] for one in seen(running)] == apart


def _asked(running: Running, question: str, *more: Any) -> str:
    try:
        return command(
            "identity", question, *more, "--json", "--data", running.data, "--url", running.url
        )
    except subprocess.CalledProcessError as error:
        raise AssertionError(error.stderr) from error
