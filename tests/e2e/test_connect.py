"""A connector of a live instance: whatever is killed, each row is there once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from tests.component.connectors.pulled import HubSpot
from tests.component.connectors.source import EXAMPLES, LOOPBACK, Asked, Told, serving
from tests.e2e.running import C360, Running, command, status

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
