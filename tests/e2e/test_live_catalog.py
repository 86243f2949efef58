"""A running instance takes a changed catalog: in one process, and with one for each service."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Running, command, digest, status

PATIENCE_S = 180
PEOPLE = 12
CHANGES = (
    ("\ntraits:\n", "\nclassifications: {health: {}}\n"
     "traits:\n  allergy: {type: string, tag: demographic}\n"),
    ("\ntraits:\n", "\ntraits:\n  diet: {type: string, tag: health, title: {zh-Hans: 饮食}}\n"),
    ("name: {type: string, tag: name, survivorship: source_priority",
     "name: {type: string, tag: name, survivorship: latest"),
    ("{normalizer: phone, tier: 2, fan: 4", "{normalizer: phone, tier: 2, fan: 1"),
    ("  cookie:\n", "  wallet: {normalizer: token, tier: 1, tag: wechat_id}\n  cookie:\n"),
)  # fmt: skip
WRITE = """mutation W($r: [RecordInput!]!) {
  upsertRecords(records: $r) { accepted results { status code } }
}"""
FIELDS = '{ __type(name: "Profile") { fields { name description } } }'
NAMES = "{ customers(first: 20) { edges { node { id profile { name } } } } }"


def record(source: str, number: int, **traits: object) -> dict[str, object]:
    phone = {"type": "phone", "value": f"139000{number // 2:05d}"}
    seen = f"2026-05-0{1 if source == 'crm' else 2}T08:00:00Z"
    named = {"name": f"{source} {number}", **traits}
    return {"source": source, "key": str(number), "observedAt": seen,
            "identifiers": [phone], "traits": named}  # fmt: skip


def write(instance: Running, records: list[dict[str, object]]) -> dict[str, Any]:
    token = instance.token("connector", "--source", "crm", "--source", "web")
    answer = instance.post({"query": WRITE, "variables": {"r": records}}, token)[1]
    return answer["data"]["upsertRecords"]


def readiness(instance: Running) -> dict[str, Any]:
    with urllib.request.urlopen(f"{instance.url}/readyz") as answer:
        return json.load(answer)


def until(holds: Callable[[], object], instance: Running) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, instance.output()
        time.sleep(0.2)


@contextmanager
def asking(instance: Running) -> Generator[list[dict[str, Any]]]:
    """Somebody asks all the time."""
    answers: list[dict[str, Any]] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            answers.append(instance.ask("privacy_officer", NAMES))
            time.sleep(0.05)

    instance.token("privacy_officer")
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join()


def changed(text: str) -> str:
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def is_settled(given: dict[str, Any]) -> bool:
    catalog = given["catalog"]
    return catalog["file"] == "in force" and not catalog["work"] and not given["lag"]


def fields(instance: Running) -> dict[str, str]:
    answer = instance.ask("privacy_officer", FIELDS)["data"]["__type"]["fields"]
    return {field["name"]: field["description"] for field in answer}


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--processes",)])
def test_a_changed_catalog_is_taken_whole_and_a_broken_one_is_not(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    with Running(data, *flags) as instance:
        people = [record(source, n) for n in range(PEOPLE) for source in ("crm", "web")]
        assert write(instance, people)["accepted"] == 2 * PEOPLE
        refused = write(instance, [record("crm", 99, allergy="nuts")])
        assert refused["results"][0]["code"] == "UNKNOWN_TRAIT"
        instance.settle()
        before = digest(data)

        new = tmp_path / "new.yaml"
        new.write_text(changed((data / "catalog.yaml").read_text()))
        found = command("catalog", "check", new, "--data", data)
        assert "identity: derived from the log again" in found
        assert "traits.allergy: new" in found
        with asking(instance) as answers:
            new.rename(data / "catalog.yaml")
            until(lambda: "allergy" in fields(instance), instance)
            until(lambda: is_settled(status(data)), instance)
        assert answers
        assert [answer for answer in answers if "errors" in answer] == []
        # No rule names its tag, so nobody is told of it; the whole schema has it.
        assert "diet" not in fields(instance)
        assert '"""饮食."""' in command("schema", "--data", data)

        resent = command("quarantine", "resend", "--code", "UNKNOWN_TRAIT", "--data", data,
                         "--url", instance.url)  # fmt: skip
        assert "UNKNOWN_TRAIT" not in resent
        until(lambda: is_settled(status(data)), instance)
        again = tmp_path / "again"
        command("replay", "--from", data, "--data", again)
        assert digest(again) == digest(data)
        assert {name for name, value in digest(data).items() if value != before[name]} == {
            "identity", "profile", "segment", "account", "catalog",
        }  # fmt: skip

        good = (data / "catalog.yaml").read_text()
        (data / "catalog.yaml").write_text(good.replace("tag: health", "tag: helth"))
        until(lambda: readiness(instance).get("catalog", {}).get("refused"), instance)
        until(lambda: "did you mean 'health'" in status(data)["catalog"]["file"], instance)
        assert "allergy" in fields(instance)
        (data / "catalog.yaml").write_text(good)
        until(lambda: "catalog" not in readiness(instance), instance)
