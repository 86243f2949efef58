"""What a schema-driven tester makes of the doors: no fault of ours, no hang, and they go on."""

from __future__ import annotations

import hmac
import json
import subprocess
import threading
import time
import urllib.request
import venv
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Running, command, status
from tests.e2e.test_clients import installed
from tests.e2e.test_tracking_clients import wait_for_key

LOCK = Path(__file__).with_name("fuzzing") / "requirements.lock"
EXAMPLES = 25
LONGEST_S = 10
SEED = 20_260_131
CHECKS = ",".join(("not_a_server_error", "response_schema_conformance", "content_type_conformance"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def schemathesis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("fuzzing")
    venv.create(directory / "venv", with_pip=True)
    python = directory / "venv" / "bin" / "python"
    installed([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK], directory)
    return python.with_name("schemathesis")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doors") / "data"


CONNECTOR = """\
connector: fuzzed
source: web
receive:
  signature: {digest: {algorithm: hmac-sha256, header: x-signed, secret: key, signed: "{body}"}}
  rows: {path: ""}
mapping: {kind: records, key: id, observedAt: at, traits: {name: name}}
"""
SECRET = b"s3cret"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY")


@contextmanager
def signing(port: int) -> Generator[str]:
    """Where whatever is sent goes on to an instance, signed as the source would."""

    class Handler(BaseHTTPRequestHandler):
        def handed_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = dict(self.headers.items())
            headers["x-signed"] = hmac.new(SECRET, body, "sha256").hexdigest()
            connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)
            connection.close()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler.handed_on)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_no_delivery_of_a_source_is_a_fault_and_who_takes_them_goes_on(
    schemathesis: Path, tmp_path: Path
) -> None:
    """All that is fuzzed is signed on its way, so that it gets in."""
    data = tmp_path / "data"
    (data / "connectors").mkdir(parents=True)
    (data / "connectors/fuzzed.yaml").write_text(CONNECTOR)
    secret = data / "keys/connectors/fuzzed/key"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    (tmp_path / "schemathesis.toml").write_text('[parameters]\n"path.name" = "fuzzed"\n')
    with Running(data) as instance, signing(instance.port) as url:
        done = subprocess.run(
            [
                schemathesis, "run", f"{url}/openapi.json", "--url", url,
                "--include-path-regex", "^/connect/",
                "--checks", CHECKS,
                "--max-examples", str(EXAMPLES), "--request-timeout", str(LONGEST_S),
                "--seed", str(SEED), "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        deliveries = status(data)["log"]["inbox"]
        assert deliveries > EXAMPLES / 2
        deadline = time.monotonic() + 60
        while (told := _taken(data))["counts"].get("deliveries", 0) < deliveries:
            assert time.monotonic() < deadline, told
            time.sleep(0.2)
        assert (told["code"], told["stopped"]) == ("", False)


def _taken(data: Path) -> Any:
    (one,) = json.loads(command("connect", "status", "--json", "--data", data))
    return one


def test_no_request_of_the_description_is_a_fault(
    schemathesis: Path, data: Path, tmp_path: Path
) -> None:
    with Running(data) as instance:
        key = command("keys", "add", "--source", "web", "--data", data).strip()
        wait_for_key(instance, key)
        done = subprocess.run(
            [
                schemathesis, "run", f"{instance.url}/openapi.json", "--url", instance.url,
                "--header", f"Authorization: Bearer {key}", "--exclude-path-regex", "^/connect/",
                "--checks", CHECKS,
                "--max-examples", str(EXAMPLES), "--request-timeout", str(LONGEST_S),
                "--seed", str(SEED), "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        with urllib.request.urlopen(f"{instance.url}/readyz", timeout=30) as reply:
            assert json.load(reply)["status"]
