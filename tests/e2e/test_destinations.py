"""Destinations of a live instance: told at least once and in order, whatever is killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.catalog.loader import default_catalog_text
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy, policy_text

from tests.e2e.running import Running, command
from tests.e2e.webhooks import Got, Receiver

pytestmark = pytest.mark.slow
PEOPLE = 12
_WITHIN_S = 120
POLICY = """g, mailer, anyone
p, mailer, *, read, , allow, *, , , mailer-untagged
p, mailer, *, export, , allow, *, , , mailer-export
p, mailer, operation:ad-hoc, ask, , allow, *, , , mailer-ad-hoc
p, mailer, tag:city, read, , allow, *, , , mailer-city
p, mailer, tag:city, export, , allow, *, , , mailer-city-out
p, mailer, tag:email, read, null, allow, *, , , mailer-email
p, mailer, tag:email, export, , allow, *, , , mailer-email-out
"""
DESTINATION = """
destinations:
  mailer:
    kind: webhook
    url: http://127.0.0.1:{port}/hook
    roles: [mailer]
    purpose: marketing
    segments: [gold_members]
    profile: true
    traits: [email, city]
"""
ROWS = """
destinations:
  mailer:
    kind: webhook
    url: http://127.0.0.1:{port}/hook
    roles: [mailer]
    purpose: marketing
    segments: [gold_members]
    sync: true
    traits: [email, city]
"""
EVERYBODY, GONE_BEFORE = range(40), range(36, 40)
GONE_MEANWHILE, MOVED = range(30, 36), range(24, 30)
STALLED_AFTER = 5
# A receiver that is held is waited for: what it answers in the end is what counts.
ENV = {"C360_ACTIVATION_NETWORKS": "127.0.0.0/8", "C360_ACTIVATION_TIMEOUT_S": "300"}
UPSERT = """mutation($items: [RecordInput!]!) {
  upsertRecords(records: $items, wait: PROFILE) { refused } }"""
CONSENT = "mutation($items: [ConsentInput!]!) { recordConsent(consents: $items) { refused } }"
DELIVERIES = """{ destinations { name disabled deliveries(first: 200) {
  edges { node { id customer type status code } } } } }"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as there:
        yield there


def _prepare(data: Path, receiver: Receiver, destination: str = DESTINATION) -> None:
    data.mkdir()
    catalog = default_catalog_text() + destination.format(port=receiver.port)
    (data / "catalog.yaml").write_text(catalog)
    copy_default_policy(data / "policy")
    (data / "policy" / POLICY_FILE).write_text(policy_text(data / "policy") + POLICY)


def _let_in(instance: Running, receiver: Receiver) -> None:
    printed = command("destination", "add", "mailer", "--data", instance.data, env=ENV)
    receiver.secrets.append(printed.strip())


def _write(instance: Running, mutation: str, items: Sequence[object]) -> None:
    body = {"query": mutation, "variables": {"items": items}}
    _, answer = instance.post(body, instance.token("connector", "--source", "crm"))
    (result,) = answer["data"].values()
    assert not result["refused"], answer


def _tier(
    instance: Running, tier: str, revision: int, people: range, city: str = "Hangzhou"
) -> None:
    traits = {"city": city, "loyaltyTier": tier}
    items = [
        {
            "source": "crm",
            "key": str(one),
            "revision": revision,
            "traits": {**traits, "email": f"p{one}@example.com"},
        }
        for one in people
    ]
    _write(instance, UPSERT, items)


def _consent(instance: Running, status: str, at: str, people: range) -> None:
    said = {"source": "crm", "purpose": "marketing", "status": status, "at": at}
    _write(instance, CONSENT, [{**said, "key": str(one)} for one in people])


def _until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _log(instance: Running) -> list[dict[str, Any]]:
    """What was to be sent, oldest first."""
    answer = instance.ask("auditor", DELIVERIES)
    (mailer,) = answer["data"]["destinations"]
    return [edge["node"] for edge in reversed(mailer["deliveries"]["edges"])]


def _is_over(instance: Running) -> bool:
    deliveries = _log(instance)
    return bool(deliveries) and all(one["status"] != "waiting" for one in deliveries)


def _first_times(got: Sequence[Got]) -> list[Got]:
    """Without those that came again."""
    return list({one.id: one for one in reversed(got)}.values())[::-1]


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("flags", [(), ("--processes",)], ids=["one process", "processes"])
def test_what_is_killed_while_it_sends_loses_nothing_and_keeps_the_order(
    tmp_path: Path, receiver: Receiver, flags: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    _prepare(data, receiver)
    with Running(data, *flags, env=ENV) as instance:
        _let_in(instance, receiver)
        everybody = range(PEOPLE)
        _consent(instance, "GRANTED", "2026-01-01T00:00:00Z", everybody)
        _tier(instance, "silver", 1, everybody)
        instance.settle()
        for revision, tier in ((2, "gold"), (3, "silver"), (4, "gold")):
            receiver.hold()
            before = len(receiver.got)
            _tier(instance, tier, revision, everybody)
            # Some were received, and nobody knows yet that they were.
            _until(lambda seen=before: len(receiver.got) > seen + 2)
            instance.kill_all()
            receiver.go_on()
            instance.restart()
        instance.settle()
        _until(lambda: _is_over(instance))
        deliveries = _log(instance)
    _expect_complete(deliveries, receiver.got)


class Stalling(Receiver):
    """Answers a few, and holds back the others until it is told to go on."""

    def take(self, headers: dict[str, str], body: bytes) -> int:
        if len(self.got) == STALLED_AFTER:
            self.hold()
        return super().take(headers, body)


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("flags", [(), ("--processes",)], ids=["one process", "processes"])
def test_who_was_there_before_a_destination_of_rows_is_loaded_once_whatever_is_killed(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    with Stalling().listening() as receiver:
        _prepare(data, receiver, "")
        with Running(data, *flags, env=ENV) as instance:
            _consent(instance, "GRANTED", "2026-01-01T00:00:00Z", EVERYBODY)
            _tier(instance, "gold", 1, EVERYBODY)
            instance.settle()
            _tier(instance, "silver", 2, GONE_BEFORE)
            instance.settle()
        with (data / "catalog.yaml").open("a") as catalog:
            catalog.write(ROWS.format(port=receiver.port))
        with Running(data, *flags, env=ENV) as instance:
            _let_in(instance, receiver)
            _until(lambda: len(receiver.got) > STALLED_AFTER + 2)
            _tier(instance, "silver", 2, GONE_MEANWHILE)
            _tier(instance, "gold", 2, MOVED, "Suzhou")
            instance.kill_all()
            receiver.go_on()
            instance.restart()
            instance.settle()
            _until(lambda: _is_over(instance))
            _expect_loaded(_log(instance), receiver.got)
            _expect_later_changes(instance, receiver)


def _expect_loaded(deliveries: Sequence[dict[str, Any]], got: Sequence[Got]) -> None:
    """Each row is told once, in whatever way, and what was under way under the same id."""
    assert all(one.is_signed for one in got)
    assert {one["status"] for one in deliveries} <= {"sent", "withheld", "replaced"}
    told = {customer: _rows_of(customer, got) for customer in {one.customer for one in got}}
    # What was about to be sent may have come: it is told as a change.
    begun = [_types(rows)[0] for rows in told.values()]
    assert set(begun) <= {"row.added", "row.changed"} and begun.count("row.added") > STALLED_AFTER
    assert all(_types(rows).count("row.added") <= 1 for rows in told.values())
    cities = [rows[-1]["data"]["traits"]["city"] for rows in told.values() if _is_there(rows)]
    assert sorted(cities) == sorted(
        "Suzhou" if one in MOVED else "Hangzhou"
        for one in EVERYBODY
        if one not in GONE_BEFORE and one not in GONE_MEANWHILE
    )
    gone = [rows for rows in told.values() if not _is_there(rows)]
    assert len(gone) <= len(GONE_MEANWHILE)
    # What was killed was sent once more under its id, and nothing else was.
    assert len(got) > len({one.id for one in got})
    places = {one["id"]: place for place, one in enumerate(deliveries)}
    for customer in told:
        mine = [places[one.id] for one in _first_times(got) if one.customer == customer]
        assert mine == sorted(mine)


def _rows_of(customer: str, got: Sequence[Got]) -> list[dict[str, Any]]:
    return [one.content for one in got if one.customer == customer]


def _types(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in rows]


def _is_there(rows: Sequence[dict[str, Any]]) -> bool:
    return rows[-1]["type"] != "row.removed"


def _expect_later_changes(instance: Running, receiver: Receiver) -> None:
    before, steps = len(receiver.got), [("gold", "Wuxi"), ("silver", "Wuxi"), ("gold", "Ningbo")]
    for number, (tier, city) in enumerate(steps, 1):
        _tier(instance, tier, 4 + number, range(1), city)
        _until(lambda wanted=before + number: len(receiver.got) >= wanted)
    instance.kill_all()
    instance.restart()
    instance.settle()
    _until(lambda: _is_over(instance))
    later = receiver.got[before:]
    assert len({one.customer for one in later}) == 1
    assert _types([one.content for one in later]) == ["row.changed", "row.removed", "row.added"]


def _expect_complete(deliveries: Sequence[dict[str, Any]], got: Sequence[Got]) -> None:
    assert {one["status"] for one in deliveries} <= {"sent", "withheld", "replaced"}
    assert {one["code"] for one in deliveries if one["status"] == "withheld"} <= {
        "MEMBERSHIP_CHANGED"
    }
    assert all(one.is_signed for one in got)
    # What was killed was sent once more under its id.
    assert len(got) > len({one.id for one in got})
    sent = [one["id"] for one in deliveries if one["status"] == "sent"]
    assert set(sent) <= {one.id for one in got}
    places = {one["id"]: place for place, one in enumerate(deliveries)}
    for customer in {one.customer for one in got}:
        mine = [places[one.id] for one in _first_times(got) if one.customer == customer]
        assert mine == sorted(mine)
        told = [one.content for one in got if one.customer == customer]
        last = [one["type"] for one in told if one["type"].startswith("segment")][-1]
        assert last == "segment.entered"
        assert told[-1]["data"]["traits"] == {"email": None, "city": "Hangzhou"}


@pytest.mark.usefixtures("anywhere")
def test_a_destination_is_tried_refused_and_told_again_by_the_command(
    tmp_path: Path, receiver: Receiver
) -> None:
    data = tmp_path / "data"
    _prepare(data, receiver)
    with Running(data, env=ENV) as instance:
        _let_in(instance, receiver)
        assert command("destination", "test", "mailer", "--data", data, env=ENV).strip() == "200"
        assert receiver.got.pop().content["type"] == "destination.test"
        _consent(instance, "GRANTED", "2026-01-01T00:00:00Z", range(3))
        _tier(instance, "gold", 1, range(3))
        instance.settle()
        _until(lambda: _is_over(instance))
        first = {one.id for one in receiver.got}
        assert first
        _replay(data)
        _until(lambda: len(receiver.got) >= 2 * len(first) and _is_over(instance))
        assert {one.id for one in receiver.got} == first
        _disable_and_resume(instance, receiver)
        _withdraw(instance, receiver)


def _replay(data: Path) -> None:
    since = ("--from", "2026-01-01T00:00:00Z")
    printed = command("destination", "replay", "mailer", *since, "--data", data, env=ENV)
    assert "are sent again" in printed


def _state(data: Path) -> dict[str, Any]:
    printed = command("destination", "status", "--json", "--data", data, env=ENV)
    (mailer,) = json.loads(printed)
    return mailer


def _disable_and_resume(instance: Running, receiver: Receiver) -> None:
    receiver.status = 410
    _tier(instance, "silver", 2, range(1))
    _until(lambda: _state(instance.data)["disabled"] == "RECEIVER_GONE")
    receiver.status = 200
    assert _state(instance.data)["deliveries"]["waiting"] >= 1
    assert "mailer is on" in command(
        "destination", "resume", "mailer", "--data", instance.data, env=ENV
    )
    _until(lambda: _is_over(instance))
    assert _state(instance.data)["disabled"] == ""
    assert receiver.got[-1].is_signed
    instance.settle()
    _until(lambda: _is_over(instance))


def _withdraw(instance: Running, receiver: Receiver) -> None:
    """Between one try and the next: the first is answered once the consent is withdrawn."""
    receiver.hold()
    receiver.status = 500
    before = len(receiver.got)
    _tier(instance, "silver", 3, range(2, 3))
    _until(lambda: len(receiver.got) > before)
    _consent(instance, "WITHDRAWN", "2026-02-01T00:00:00Z", range(2, 3))
    instance.settle()
    tried = len(receiver.got)
    receiver.go_on()
    _until(lambda: _is_over(instance))
    kept = [one for one in _log(instance) if one["status"] == "withheld"]
    assert kept and {one["code"] for one in kept} == {"CONSENT_MISSING"}
    assert len(receiver.got) == tried
