"""ClickHouse in a process, behind the HTTP interface of a server."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from c360_segment.store.clickhouse import ClickhouseServer

_OK, _FAILED = 200, 500
_MISSING = "chdb is not installed: pip install c360-segment[clickhouse]"


@contextmanager
def running_clickhouse(folder: Path) -> Generator[ClickhouseInProcess]:
    """The engine for a block. Without chdb a test is skipped, or fails if servers are required."""
    try:
        engine = ClickhouseInProcess(folder)
    except ImportError:
        if os.environ.get("C360_REQUIRE_SERVERS") == "1":
            pytest.fail(_MISSING, pytrace=False)
        pytest.skip(_MISSING)
    try:
        yield engine
    finally:
        engine.close()


class ClickhouseInProcess:
    """One engine for the process. Raises `ImportError` where chdb is not installed."""

    def __init__(self, folder: Path) -> None:
        session: Any = importlib.import_module("chdb.session")
        self._engine = session.Session(str(folder))
        self._one_at_a_time = threading.Lock()
        self._engine.query("SET max_query_size = 1000000000")

    def ask(self, database: str, statement: str) -> bytes:
        """What a statement answers; raises what the engine does."""
        with self._one_at_a_time:
            self._engine.query(f"CREATE DATABASE IF NOT EXISTS {database}")
            self._engine.query(f"USE {database}")
            return self._engine.query(statement).bytes()

    @contextmanager
    def served(self, database: str) -> Generator[ClickhouseServer]:
        """A database of it on a port."""

        class Handler(_Handler):
            engine = self

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        host, port = "127.0.0.1", server.server_port
        try:
            yield ClickhouseServer(host, port, False, "c360", "secret", database)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def close(self) -> None:
        """End it."""
        self._engine.close()


class _Handler(BaseHTTPRequestHandler):
    engine: ClickhouseInProcess

    def do_POST(self) -> None:
        statement = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            status, body = _OK, self.engine.ask(self.headers["X-ClickHouse-Database"], statement)
        except Exception:
            status, body = _FAILED, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""
