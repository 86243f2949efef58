"""The `import` subcommand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data, WaitStage

if TYPE_CHECKING:
    from c360_cli.imports.running import Summary

_DEFAULT_URL = "http://127.0.0.1:8360"
_SOME_ROWS_REJECTED = 1


def import_command(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, JSON Lines, Parquet or messages; - is standard input."),
    ],
    source: Annotated[str, typer.Option(help="The catalog's source that the rows come from.")],
    mapping: Annotated[Path, typer.Option(help="Mapping file (YAML): docs/import.md.")],
    data: Data = DEFAULT_DATA,
    url: Annotated[str, typer.Option(help="The running instance.")] = _DEFAULT_URL,
    token: Annotated[
        str | None, typer.Option(help="Bearer token; without it the data directory mints one.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Reject file; in the data directory unless named.")
    ] = None,
    wait: Annotated[
        WaitStage, typer.Option(help="Stage that each batch waits for.")
    ] = WaitStage.NONE,
    state: Annotated[
        Path | None, typer.Option(help="Where the states of a tap go once all before is taken.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Rows in one request.")] = 500,
) -> None:
    """Load a file into a running instance, in file order; run it again to go on or to repeat.

    Exits with 1 when rows were rejected; mend the reject file and import it like the file itself.
    """
    # The image of one service has no mappings.
    from rich.console import Console  # noqa: PLC0415

    from c360_cli.api.address import target_of  # noqa: PLC0415
    from c360_cli.api.credentials import connector_token, identifier_types  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415
    from c360_cli.imports.opening import name_of  # noqa: PLC0415
    from c360_cli.imports.running import ImportRequest, run_import  # noqa: PLC0415
    from c360_cli.recording import importing  # noqa: PLC0415

    # It is put on record, and may not hold what is nobody's to read.
    target_of(url)
    request = ImportRequest(
        file=file,
        source=source,
        mapping=mapping,
        data=data,
        url=url,
        rejects=rejects or _rejects_of(data, name_of(file)),
        wait=wait.name,
        batch=batch,
        state=state,
        identifiers=identifier_types(DataDirectory(data)),
    )
    with importing(data, source, file=name_of(file), url=url) as details:
        summary = run_import(
            request, lambda: token or connector_token(data, source), Console(stderr=True)
        )
        details |= {"rows": str(summary.progress.rows), "rejected": str(summary.progress.rejected)}
    typer.echo(_summary_line(name_of(file), summary))
    if summary.progress.rejected:
        raise typer.Exit(_SOME_ROWS_REJECTED)


def _rejects_of(data: Path, name: str) -> Path:
    return data / "imports" / f"{name.removesuffix('.gz')}.rejects.jsonl"


def _summary_line(name: str, summary: Summary) -> str:
    done = summary.progress
    counts = (
        f"{name}: {done.rows:,} rows, {done.accepted:,} accepted,"
        f" {done.duplicates:,} duplicates, {done.rejected:,} rejected, {done.skipped:,} skipped"
    )
    rate = (done.rows - summary.resumed) / summary.seconds if summary.seconds else 0
    lines = [f"{counts} in {summary.seconds:.1f} s ({rate:,.0f} rows/s)"]
    if summary.resumed:
        lines.append(f"{summary.resumed:,} of them were done before this run")
    for field, count in sorted(summary.dropped.items()):
        lines.append(f"{field}: {count:,} values left out, they could not be converted")
    if done.outdated:
        lines.append(f"{done.outdated:,} rows changed nothing: a greater revision is there")
    for identifier, count in sorted(done.warnings.items()):
        lines.append(f"{identifier}: {count:,} identifiers join nobody")
    if done.rejected:
        lines.append(f"rejected rows: {summary.rejects}")
    return "\n".join(lines)
