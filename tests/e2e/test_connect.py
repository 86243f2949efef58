"""Connectors of a live instance: whatever is killed, nothing is lost and each row there once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.component.connectors.pulled import HubSpot
from tests.component.connectors.source import EXAMPLES, LOOPBACK, Asked, Told, serving
from tests.e2e.running import C360, STOP_S, Running, command, free_port, status
from tests.e2e.test_tracking_clients import wait_for_key

NAME = "hubspot-contacts"
ENV = {"C360_CONNECT_NETWORKS": LOOPBACK}


class Slow(HubSpot):
    """So that there is time to end it between two pages."""

    def answer(self, asked: Asked) -> Told:
        time.sleep(0.1)
        return super().answer(asked)


def _prepare(data: Path, url: str) -> None:
    text = (EXAMPLES / f"{NAME}.yaml").read_text("utf-8")
    (data / "connectors").mkdir(parents=True)
    at_once = text.replace("https://api.hubapi.com", url).replace("per_second: 4", "per_second: 90")
    (data / "connectors" / f"{NAME}.yaml").write_text(at_once)
    secret = data / "keys/connectors" / NAME / "token"
    secret.parent.mkdir(parents=True)
    secret.write_text("s3cret\n")
    secret.chmod(0o600)


@pytest.mark.usefixtures("anywhere")
def test_a_runner_that_is_killed_goes_on_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    source = Slow(count=120)
    with Running(tmp_path / "data") as instance, serving(source) as url:
        _prepare(instance.data, url)
        arguments = ["connect", "run", NAME, "--data", str(instance.data), "--url", instance.url]
        for pages in (3, 7):
            killed = subprocess.Popen([C360, *arguments], env={**os.environ, **ENV})
            while len(source.pages) < pages:
                assert killed.poll() is None
                time.sleep(0.02)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        command(*arguments, "--once", env=ENV)
        instance.settle()
        (told,) = json.loads(command("connect", "status", "--json", "--data", instance.data))
        assert (told["code"], told["underway"], told["runs"]) == ("", False, 1)
        held = status(instance.data)
        assert len(source.pages) <= 12 + 2
        assert held["log"]["records"] <= 10 * len(source.pages)
        assert held["projections"]["profile"]["records"] == 120


@pytest.mark.usefixtures("anywhere")
def test_a_delivery_that_was_answered_survives_an_end_and_a_source_that_is_away(
    tmp_path: Path,
) -> None:
    """`c360 up` takes it, is killed, and runs the connector once the source is there again."""
    is_away = True

    def contacts(asked: Asked) -> Told:
        (only,) = asked.json["filterGroups"][0]["filters"]
        properties = {"email": "ada@example.com", "lastmodifieddate": "2024-11-28T00:57:30.000Z"}
        found = [{"id": one, "properties": properties} for one in only["values"]]
        return Told({}, 503) if is_away else Told({"results": found})

    data = tmp_path / "data"
    with serving(contacts) as url:
        name = "hubspot-webhooks"
        text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
        (data / "connectors").mkdir(parents=True)
        at = data / "connectors" / f"{name}.yaml"
        at.write_text(text.replace("https://api.hubapi.com", url))
        for secret in ("token", "client-secret"):
            file = data / "keys/connectors" / name / secret
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("s3cret")
            file.chmod(0o600)
        with Running(data, env=ENV) as instance:
            assert _delivered(instance.url, "s3cret") == 200
            assert _delivered(instance.url, "other") == 401
            instance.kill()
            is_away = False
            instance.restart()
            deadline = time.monotonic() + 120
            while status(data)["projections"]["profile"]["records"] < 1:
                assert time.monotonic() < deadline, instance.output()
                time.sleep(0.2)
            assert status(data)["log"]["inbox"] == 1


def _ask(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_a_process_of_its_own_runs_connectors_and_says_how_they_are(tmp_path: Path) -> None:
    source, port = HubSpot(count=40), free_port()
    with Running(tmp_path / "data") as instance, serving(source) as url:
        _prepare(instance.data, url)
        one = instance.data / "connectors" / f"{NAME}.yaml"
        # It has no secret, so that somebody has to look.
        lacking = one.read_text().replace(f"connector: {NAME}", "connector: lacking")
        (instance.data / "connectors/lacking.yaml").write_text(lacking)
        key = command("keys", "add", "hubspot", "--source", "crm", "--data", instance.data).strip()
        file = instance.data / "keys/connectors" / NAME / "api-key"
        file.write_text(key)
        file.chmod(0o600)
        wait_for_key(instance, key)
        env = {**os.environ, **ENV, "C360_CONNECT_GATEWAY": instance.url}
        arguments = ["serve", "connect", "--data", str(instance.data), "--port", str(port)]
        runner = subprocess.Popen([C360, *arguments], env=env)
        try:
            deadline = time.monotonic() + 120
            while status(instance.data)["projections"]["profile"]["records"] < 40:
                assert runner.poll() is None and time.monotonic() < deadline, instance.output()
                time.sleep(0.2)
            told = _ask(f"http://127.0.0.1:{port}/readyz")
            assert told["status"] == "ready"
            assert told["connectors"] == [NAME, "lacking"]
            assert told["stopped"] == {"lacking": "CONNECTOR_SECRET_MISSING"}
            assert _ask(f"http://127.0.0.1:{port}/livez") == {"status": "alive"}
        finally:
            runner.terminate()
        assert runner.wait(STOP_S) == 128 + signal.SIGTERM
        again = ["connect", "run", NAME, "--once", "--url", instance.url]
        assert "CONNECTOR" not in command(*again, "--data", instance.data, env=ENV)


def _delivered(url: str, secret: str) -> int:
    address, now = f"{url}/connect/hubspot-webhooks", str(time.time_ns() // 1_000_000)
    change = {"subscriptionType": "contact.propertyChange", "objectId": 5551, "occurredAt": 1}
    body = json.dumps([change]).encode()
    signed = f"POST{address}".encode() + body + now.encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    headers = {
        "x-hubspot-signature-v3": base64.b64encode(digest).decode(),
        "x-hubspot-request-timestamp": now,
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
