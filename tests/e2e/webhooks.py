"""A receiver of webhooks in a thread, which verifies as others do and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

# As long as whoever sends waits for an answer.
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Got:
    """One delivery, as it came. `is_signed`: the secret of now or before verifies it."""

    id: str
    content: dict[str, Any]
    is_signed: bool

    @property
    def customer(self) -> str:
        """Of whom it tells; "" for nobody."""
        return self.content["data"].get("customer", "")


@dataclass
class Receiver:
    """Answers `status`; while `holding`, it keeps what comes and answers nothing."""

    secrets: list[str] = field(default_factory=list[str])
    status: int = 200
    got: list[Got] = field(default_factory=list[Got])
    port: int = 0
    _open: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Answer nothing from now on."""
        self._open.clear()

    def go_on(self) -> None:
        """Answer again, also those who wait."""
        self._open.set()

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        """Take deliveries on a loopback port for the block."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        server.daemon_threads = True
        self.port = server.server_address[1]
        self.go_on()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.go_on()
            server.shutdown()
            server.server_close()
            thread.join(_PATIENCE_S)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Keep a delivery; the status to answer, once answers are given."""
        one = Got(headers["webhook-id"], json.loads(body), _is_signed(self.secrets, headers, body))
        self.got.append(one)
        self._open.wait(_PATIENCE_S)
        return self.status


def _is_signed(secrets: Sequence[str], headers: dict[str, str], body: bytes) -> bool:
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers)
        except Exception:  # whatever they find wrong with it
            continue
        return True
    return False


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(headers, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
