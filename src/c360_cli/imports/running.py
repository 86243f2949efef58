"""One import from its request to its summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from c360_kernel.stamp import wall_clock_ms
from c360_mapping.expression import Dropped
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import ImportMapping, read_mapping
from rich.console import Console

from c360_cli.imports.beforehand import say_before
from c360_cli.imports.checkpoint import Checkpoint, Progress
from c360_cli.imports.client import GraphQLClient, Patience
from c360_cli.imports.event_ids import event_ids_of
from c360_cli.imports.loading import Loader
from c360_cli.imports.opening import is_reject_file
from c360_cli.imports.refusals import ImportRefused, ImportStopped
from c360_cli.imports.rejects import RejectFile
from c360_cli.imports.sending import Sender
from c360_cli.imports.showing import said_waits, shown
from c360_cli.imports.source import SourceFile, check_columns
from c360_cli.imports.survey import Survey, survey


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is asked for. `wait` is the stage that each batch waits for: NONE, IDENTITY, PROFILE."""

    file: Path
    source: str
    mapping: Path
    data: Path
    url: str
    rejects: Path
    wait: str = "NONE"
    batch: int = 500
    patience: Patience | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file. `resumed` rows were done before, `dropped` counts by field."""

    progress: Progress
    resumed: int
    dropped: Dropped
    seconds: float
    rejects: Path


def run_import(request: ImportRequest, mint: Callable[[], str], console: Console) -> Summary:
    """Imports a file; `mint` gives a bearer token.

    Raises `ImportRefused` before anything is sent, `ImportStopped` when the instance is gone.
    """
    started = time.monotonic()
    source = _source(request)
    found = survey(request.file, source.encoding)
    check_columns(source)
    event_ids = source.mapping.event_ids or event_ids_of(request.data)
    say_before(console, source, event_ids)
    checkpoint = _checkpoint(request, found, source.mapping)
    progress = checkpoint.load(request.rejects)
    resumed = progress.rows
    written_ms = _written_ms(found, request.mapping)
    maker = ItemMaker(source.mapping, request.source, written_ms, event_ids)
    waits = said_waits(console, request.file.name)
    client = GraphQLClient(request.url, mint, request.patience, waits)
    with (
        closing(client),
        RejectFile(request.rejects, progress.rejects_bytes) as rejects,
        shown(console, request.file.name, found.lines) as report,
        _saying_how_to_go_on(progress),
    ):
        sender = Sender(client, source.mapping.kind, request.wait)
        loader = Loader(maker, sender, rejects, checkpoint, progress, report)
        loader.load(source.rows(), request.batch)
    return Summary(progress, resumed, maker.dropped, time.monotonic() - started, request.rejects)


def _source(request: ImportRequest) -> SourceFile:
    if request.rejects.absolute() == request.file.absolute():
        raise ImportRefused("--rejects names the file to import", code="REJECTS_FILE_EXISTS")
    mapping = read_mapping(request.mapping)
    return SourceFile(request.file, mapping, is_reject_file(request.file))


def _checkpoint(request: ImportRequest, found: Survey, mapping: ImportMapping) -> Checkpoint:
    return Checkpoint(request.data, found.digest, mapping.digest, request.source, request.url)


def _written_ms(found: Survey, mapping: Path) -> int:
    # A mapping that was changed says something new about an old file, so the younger counts.
    youngest = max(found.modified_ms, mapping.stat().st_mtime_ns // 1_000_000)
    return min(youngest, wall_clock_ms())


@contextmanager
def _saying_how_to_go_on(progress: Progress) -> Generator[None]:
    try:
        yield
    except ImportStopped as stopped:
        done = f"{progress.rows:,} rows are done, the same command goes on from there"
        raise ImportStopped(f"{stopped.message}; {done}") from stopped
