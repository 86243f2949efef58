"""`identity audit` and `dry-run`: customers compared, on the files of an instance."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from c360_cli.catalogs import instance_as_it_is
from c360_cli.commands.identity_explaining import AsJson
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, on_record


def audit(data: Data = DEFAULT_DATA, as_json: AsJson = False) -> None:
    """Solve all evidence at once and compare with the live customers.

    Exits with 1 where they differ. Ask while nothing is written.
    """
    from c360_cli.evidence.comparing import audited, audited_json, audited_lines  # noqa: PLC0415

    DataDirectory(data).require()
    with on_record(data, by_operator("digest", "identity audit")) as details:
        found = asyncio.run(audited(instance_as_it_is(data)))
        details["equal"] = str(found.is_equal)
    typer.echo(json.dumps(audited_json(found)) if as_json else "\n".join(audited_lines(found)))
    if not found.is_equal:
        raise typer.Exit(1)


def dry_run(
    catalog: Annotated[Path | None, typer.Option(help="The catalog to try.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="The model of scored matching to try, as C360_IDENTITY_MODEL."),
    ] = None,
    examples: Annotated[int, typer.Option(min=0, max=1000, help="So many of each.")] = 10,
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """What another catalog or model would merge and split, before anything changes.

    The log is read and derived beside the instance, which may go on.
    """
    from c360_kernel.catalog import load_catalog  # noqa: PLC0415

    from c360_cli.evidence.comparing import tried, tried_json, tried_lines  # noqa: PLC0415

    DataDirectory(data).require()
    instance = instance_as_it_is(data)
    other = instance.catalog if catalog is None else load_catalog(catalog)
    with on_record(data, by_operator("replay", "identity dry-run")) as details:
        found = asyncio.run(tried(instance, other, examples, model))
        details |= {"merges": str(found.merges.customers), "splits": str(found.splits.customers)}
    typer.echo(json.dumps(tried_json(found)) if as_json else "\n".join(tried_lines(found)))
