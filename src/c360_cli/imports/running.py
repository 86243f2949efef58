"""One import from its request to its summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from c360_kernel.stamp import wall_clock_ms
from c360_mapping.expression import Dropped
from c360_mapping.formats import Parquet
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import ImportMapping, read_mapping
from c360_mapping.refusals import InputRefused
from c360_mapping.unmapped import UnmappedIdentifiers
from rich.console import Console

from c360_cli.imports.checkpoint import Checkpoint, NoCheckpoint, Progress
from c360_cli.imports.client import GraphQLClient, RetryPolicy
from c360_cli.imports.columnar import columnar
from c360_cli.imports.event_ids import event_ids_of
from c360_cli.imports.loading import Loader
from c360_cli.imports.opening import is_stream
from c360_cli.imports.refusals import ImportRefused, ImportStopped
from c360_cli.imports.rejects import RejectFile
from c360_cli.imports.sending import Sender
from c360_cli.imports.showing import of_event_ids, print_remarks, report_waits, shown
from c360_cli.imports.source import Source
from c360_cli.imports.states import StateFile
from c360_cli.imports.streaming import streamed
from c360_cli.imports.survey import surveyed


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is asked for. `wait` is the stage that each batch waits for: NONE, IDENTITY, PROFILE.

    `state` is where the states of a tap are kept; `identifiers` are the types of the catalog, as
    far as it is known here.
    """

    file: Path
    source: str
    mapping: Path
    data: Path
    url: str
    rejects: Path
    wait: str = "NONE"
    batch: int = 500
    retries: RetryPolicy | None = None
    state: Path | None = None
    identifiers: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file. `resumed` rows were done before, `dropped` counts by field."""

    progress: Progress
    resumed: int
    dropped: Dropped
    seconds: float
    rejects: Path


def run_import(request: ImportRequest, mint: Callable[[], str], console: Console) -> Summary:
    """Imports a file or a stream; `mint` gives a bearer token.

    Raises `InputRefused` before anything is sent of a file, of a stream where it is at fault;
    `ImportRefused` for what no row can mend, `ImportStopped` when the instance is gone.
    """
    started = time.monotonic()
    if request.rejects.absolute() == request.file.absolute():
        raise ImportRefused("--rejects names the file to import", code="REJECTS_FILE_EXISTS")
    mapping = read_mapping(request.mapping)
    with _opened(request, mapping) as source:
        return _loaded(request, source, mapping, mint, console, started)


def _opened(request: ImportRequest, mapping: ImportMapping) -> AbstractContextManager[Source]:
    if isinstance(mapping.format, Parquet):
        return columnar(request.file, mapping, request.data)
    if is_stream(request.file):
        return streamed(request.file, mapping)
    return surveyed(request.file, mapping, request.data)


def _loaded(
    request: ImportRequest,
    source: Source,
    mapping: ImportMapping,
    mint: Callable[[], str],
    console: Console,
    started: float,
) -> Summary:
    event_ids = mapping.event_ids or event_ids_of(request.data)
    print_remarks(console, source.name, [*source.remarks, *of_event_ids(mapping, event_ids)])
    checkpoint = _checkpoint(request, source, mapping)
    progress = checkpoint.load(request.rejects)
    resumed = progress.rows
    maker = ItemMaker(mapping, request.source, _written_ms(source, request.mapping), event_ids)
    states = StateFile(request.state, source)
    client = GraphQLClient(request.url, mint, request.retries, report_waits(console, source.name))
    with (
        closing(client),
        RejectFile(request.rejects, progress.rejects_bytes) as rejects,
        shown(console, source.name, source.lines) as report,
        _with_progress(progress, source),
    ):
        sender = Sender(client, mapping.kind, request.wait)
        kept = states.beside(report)
        unmapped = UnmappedIdentifiers(request.identifiers, [mapping])
        loader = Loader(maker, sender, rejects, checkpoint, progress, kept, unmapped)
        loader.load(source.rows, request.batch)
        states.keep(progress.rows)
    print_remarks(console, source.name, source.remarks_after())
    return Summary(progress, resumed, maker.dropped, time.monotonic() - started, request.rejects)


def _checkpoint(
    request: ImportRequest, source: Source, mapping: ImportMapping
) -> Checkpoint | NoCheckpoint:
    if source.digest is None:
        return NoCheckpoint()
    return Checkpoint(request.data, source.digest, mapping.digest, request.source, request.url)


def _written_ms(source: Source, mapping: Path) -> int:
    # A mapping that was changed says something new about an old file, so the younger counts.
    youngest = max(source.written_ms, mapping.stat().st_mtime_ns // 1_000_000)
    return min(youngest, wall_clock_ms())


@contextmanager
def _with_progress(progress: Progress, source: Source) -> Generator[None]:
    how = (
        "send the stream again, what is done comes back as duplicates"
        if source.digest is None
        else "the same command goes on from there"
    )
    try:
        yield
    except ImportStopped as stopped:
        raise ImportStopped(f"{stopped.message}; {_done(progress)}, {how}") from stopped
    except ImportRefused:
        raise
    except InputRefused as refused:
        message = f"{refused.message}; {_done(progress)}"
        raise InputRefused(message, code=refused.code) from refused


def _done(progress: Progress) -> str:
    return f"{progress.rows:,} rows are done"
