"""Shows how far an import has come: a bar in a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager

from c360_mapping.event_ids import ROW
from c360_mapping.mapping import ImportMapping
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from c360_cli.imports import checkpoint
from c360_cli.imports.loading import Report

_SECONDS_BETWEEN_LINES = 5.0
_NAMED_BY_ROW = (
    "its events have no messageId and are named by their whole rows: a column more, or a value"
    " written otherwise, makes all of them new events (docs/import.md, event_ids)"
)


def of_event_ids(mapping: ImportMapping, event_ids: str) -> Iterator[str]:
    """What is to be said of events that are named by their whole rows."""
    if mapping.names_events and event_ids == ROW:
        yield _NAMED_BY_ROW


def print_remarks(console: Console, name: str, remarks: Iterable[str]) -> None:
    """One line for each remark on an input."""
    for remark in remarks:
        console.print(f"{name}: {remark}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def shown(console: Console, name: str, lines: int | None) -> Generator[Report]:
    """A report that shows itself on the console; `lines` is the length of the file, if known."""
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(name, total=lines, counts="")
            yield lambda line, done: bar.update(task, completed=line, counts=_counts(done))
    else:
        yield _PlainLines(console, name, lines)


def report_waits(console: Console, name: str) -> Callable[[float], None]:
    """Says now and then that the instance has others to serve as well."""
    next_at = 0.0

    def waits(seconds: float) -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + _SECONDS_BETWEEN_LINES
            message = f"{name}: the instance is busy, waiting {seconds:.0f} s before going on"
            console.print(message, highlight=False)

    return waits


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


class _PlainLines:
    """A line now and then."""

    def __init__(self, console: Console, name: str, lines: int | None) -> None:
        self._console = console
        self._name = name
        self._lines = lines
        self._next_at = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __call__(self, line: int, done: checkpoint.Progress) -> None:
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + _SECONDS_BETWEEN_LINES
        end = "" if self._lines is None else f" of {self._lines:,}"
        place = f"line {line:,}{end}"
        self._console.print(f"{self._name}: {place}, {_counts(done)}", highlight=False)


def _counts(done: checkpoint.Progress) -> str:
    counts = f"{done.accepted:,} accepted, {done.duplicates:,} duplicates"
    return f"{counts}, {done.rejected:,} rejected" if done.rejected else counts
