"""A source over HTTP that answers as it is told, and what becomes of its rows."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from c360_connect.running import Runner
from c360_connect.settings import ConnectSettings
from c360_connectors.form import Connector
from c360_connectors.pulling.ports import Outcome, Take
from c360_connectors.pulling.state import PullState
from c360_connectors.reading.connector import parse_connector
from c360_kernel.log.memory import MemoryLog
from c360_mapping.items import Item
from c360_mapping.mapping import Kind

EXAMPLES = Path(__file__).parents[3] / "examples/connectors"
LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Told:
    content: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Answering = Callable[[Asked], Told]


@contextmanager
def serving(answering: Answering) -> Generator[str]:
    """Where it answers, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query))
            asked = Asked(self.command, parts.path, query, headers, self.rfile.read(size))
            told = answering(asked)
            body = json.dumps(told.content, ensure_ascii=False).encode()
            self.send_response(told.status)
            for name, value in {**told.headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - as the server calls them

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Died(Exception):
    """As a process ends that had its items taken, and has told nobody."""


@dataclass
class Taken(Take):
    """Takes what it is given, and dies once it has taken batch `dies_at`."""

    items: list[Item] = field(default_factory=list[Item])
    dies_at: int = 0
    batches: int = 0

    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        self.batches += 1
        self.items += [{"kind": kind.name, **one} for one in items]
        if self.batches == self.dies_at:
            raise Died
        return [Outcome("ACCEPTED") for _ in items]

    def of(self, kind: str) -> list[Item]:
        return [one for one in self.items if one["kind"] == kind]


def example(name: str, host: str, url: str) -> Connector:
    """An example whose host is `url`."""
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    assert f"https://{host}" in text
    # No pauses: how often a source wants to be asked is looked at where that is tested.
    one = parse_connector(text.replace(f"https://{host}", url), name)
    object.__setattr__(one.pull.limits, "per_second", 10_000.0)
    return one


def settings(data: Path, **secrets: str) -> ConnectSettings:
    """Of a data directory whose connectors all have these secrets."""
    made = ConnectSettings(data=data, connect_networks=LOOPBACK, connector_secrets=data / "secrets")
    for path in EXAMPLES.glob("*.yaml"):
        folder = made.secrets_of(path.stem)
        folder.mkdir(parents=True, exist_ok=True)
        for name, secret in secrets.items():
            file = folder / name.replace("_", "-")
            file.write_text(secret)
            file.chmod(0o600)
    return made


async def ran(connector: Connector, chosen: ConnectSettings, taken: Take) -> PullState:
    """How it is after one run."""
    (state,) = (await Runner(chosen, MemoryLog, lambda _: taken).once([connector])).values()
    return state
