"""A counterpart for imports: an HTTP server that answers mutations as the gateway does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from c360_cli.imports.client import RetryPolicy
from c360_cli.imports.running import ImportRequest, Summary, run_import

Answer = tuple[int, object]


@dataclass
class Instance:
    """Items taken by name, as a log that recognises duplicates. `troubles` come first, in order."""

    items: list[dict] = field(default_factory=list)
    requests: list[dict] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    troubles: list[Answer] = field(default_factory=list)
    refuse: Callable[[dict], dict | None] = lambda item: None
    largest: int = 10_000_000
    retry_after: str = ""
    url: str = ""
    _seen: set[str] = field(default_factory=set)

    def answer(self, body: bytes) -> Answer:
        request = json.loads(body)
        self.requests.append(request)
        if self.troubles:
            return self.troubles.pop(0)
        if len(body) > self.largest:
            return 413, {"errors": [{"message": "too large"}]}
        mutation = next(
            name
            for name in ("upsertRecords", "trackEvents", "recordConsent", "upsertObjects")
            if name in request["query"]
        )
        (items,) = (value for value in request["variables"].values() if isinstance(value, list))
        results = [{"index": index, **self._result(item)} for index, item in enumerate(items)]
        return 200, {"data": {mutation: {"results": results}}}

    def _result(self, item: dict) -> dict:
        if refused := self.refuse(item):
            return {"status": "REFUSED", **refused}
        name = item.get("messageId") or json.dumps(item)
        fields = {"code": None, "path": None, "message": None}
        if name in self._seen:
            return {"status": "DUPLICATE", **fields}
        self._seen.add(name)
        self.items.append(item)
        return {"status": "ACCEPTED", **fields}


def _handler(instance: Instance) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            instance.tokens.append(self.headers["authorization"])
            body = self.rfile.read(int(self.headers["content-length"]))
            status, document = instance.answer(body)
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            if status in (429, 503) and instance.retry_after:
                self.send_header("retry-after", instance.retry_after)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def instance() -> Iterator[Instance]:
    instance = Instance()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(instance))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    instance.url = f"http://127.0.0.1:{server.server_port}"
    yield instance
    server.shutdown()
    server.server_close()


@dataclass
class Bench:
    """Runs imports below one temporary directory."""

    root: Path
    instance: Instance
    source: str = "crm"
    batch: int = 3

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def rejects(self) -> Path:
        return self.root / "rejects.jsonl"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def request(self, file: Path, mapping: str, **changes: object) -> ImportRequest:
        settings: dict = {
            "source": self.source,
            "data": self.data,
            "url": self.instance.url,
            "rejects": self.rejects,
            "batch": self.batch,
            "retries": RetryPolicy(tries=3, first_pause_s=0.001, longest_pause_s=0.001),
        }
        mapping_file = self.root / "mapping.yaml"
        if not mapping_file.exists() or mapping_file.read_text() != mapping:
            mapping_file.write_text(mapping)
        return ImportRequest(file=file, mapping=mapping_file, **{**settings, **changes})

    def run(self, file: Path, mapping: str, **changes: object) -> Summary:
        request = self.request(file, mapping, **changes)
        with (self.root / "console").open("a") as shown:
            return run_import(request, lambda: "token", Console(file=shown))

    def rejected(self) -> list[dict]:
        return [json.loads(line) for line in self.rejects.read_text().splitlines()]


@pytest.fixture
def bench(tmp_path: Path, instance: Instance) -> Bench:
    return Bench(tmp_path, instance)
