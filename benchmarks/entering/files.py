"""Files that go in by `c360 import` and come out by `c360 export`, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from peak import peak_mb
from rich.console import Console

from c360_cli.api.asking import Api
from c360_cli.api.credentials import connector_token
from c360_cli.commands.export import export
from c360_cli.exports.pages import export_headers, exported
from c360_cli.imports.running import ImportRequest, run_import

FIELDS = ("name", "email", "phone", "city", "loyaltyTier")
"""Two of them, `email` and `phone`, are masked for who exports."""
ROLE = "privacy_officer"
_MAPPING = """
format: csv
kind: events
key: user
messageId: id
event: {constant: product_viewed}
occurredAt: at
properties:
  productId: product
  price: {column: price, type: float}
"""


class Moved(NamedTuple):
    """Rows, how long they took by the clock and the processor, and the command's memory (MB)."""

    rows: int
    seconds: float
    rss_mb: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def imported(data: Path, url: str, rows: int) -> Moved:
    """Events of a CSV file; nothing waits for projections."""
    file, mapping = data / f"rows-{rows}.csv", data / "rows.yaml"
    mapping.write_text(_MAPPING)
    with file.open("w") as out:
        out.write("id,user,at,product,price\n")
        for number in range(rows):
            user, product = number % 5_000, number % 500
            out.write(f"row-{rows}-{number},u{user},2026-01-31T08:00:00Z,p{product},12.5\n")
    return _apart(_import, data, url, file)


def taken_out(data: Path, url: str) -> Moved:
    """Every customer, five fields of each."""
    file = data / "out.jsonl"
    file.unlink(missing_ok=True)
    return _apart(_export, data, url, file)


def first_page(data: Path, url: str) -> None:
    """Ask for what an export asks for first."""
    api = Api(data, url, None, "", export_headers("benchmark", None))
    next(exported(api, ROLE, FIELDS))


def _import(data: Path, url: str, file: Path) -> int:
    request = ImportRequest(
        file, "web", data / "rows.yaml", data, url, data / "imports" / f"{file.name}.rejects.jsonl"
    )
    summary = run_import(request, lambda: connector_token(data, "web"), Console(quiet=True))
    if summary.progress.accepted != summary.progress.rows:
        raise SystemExit(f"not all taken: {summary.progress}")
    return summary.progress.rows


def _export(data: Path, url: str, file: Path) -> int:
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        export(file, "benchmark", data=data, url=url, fields=",".join(FIELDS), role=ROLE)
    with file.open("rb") as rows:
        return sum(1 for _ in rows)


def _apart(move: Callable[[Path, str, Path], int], data: Path, url: str, file: Path) -> Moved:
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=_measured, args=(there, move, data, url, file))
    child.start()
    there.close()
    try:
        return here.recv()
    finally:
        child.join()


def _measured(
    answer: Connection, move: Callable[[Path, str, Path], int], data: Path, url: str, file: Path
) -> None:
    began, spent = time.perf_counter(), time.process_time()
    rows = move(data, url, file)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - spent
    answer.send(Moved(rows, seconds, peak_mb(), cpu_s))
