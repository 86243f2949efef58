"""What is said of a file before anything of it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from c360_mapping.event_ids import ROW
from rich.console import Console

from c360_cli.imports.source import SourceFile, SpreadRows, spread_rows

_NAMED_BY_ROW = (
    "its events have no messageId and are named by their whole rows: a column more, or a value"
    " written otherwise, makes all of them new events (docs/import.md, event_ids)"
)


def say_before(console: Console, source: SourceFile, event_ids: str) -> None:
    """One line for each thing that may not be as it was meant."""
    said = list(_of_spread_rows(spread_rows(source)))
    if source.mapping.names_events and event_ids == ROW:
        said.append(_NAMED_BY_ROW)
    for line in said:
        console.print(f"{source.path.name}: {line}", highlight=False, markup=False, soft_wrap=True)


def _of_spread_rows(found: SpreadRows) -> Iterator[str]:
    if found.spread:
        yield (
            f"{len(found.spread):,} rows have cells that go over several lines,"
            f" the first at line {found.spread[0]:,}"
        )
    if found.swallowing:
        yield (
            f"{len(found.swallowing):,} rows hold lines that look like rows of their own and will"
            f" be rejected, the first at line {found.swallowing[0]:,}"
        )
