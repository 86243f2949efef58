"""`c360 audit forget`: a customer's name in the audit is made to mean nothing."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from c360_kernel.errors import Invalid

from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory


def forget(
    customer: Annotated[
        list[str] | None, typer.Option(help="A customer's id; may be given several times.")
    ] = None,
    record: Annotated[
        list[str] | None,
        typer.Option(help="SOURCE/KEY of a record that customers were named by; several times."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Destroy the key of a customer's name: nobody can tell any more which acts touched it.

    It cannot be taken back. What is on record stays, and so do its proofs.
    """
    from c360_cli.auditing.forgetting import forget as forgotten  # noqa: PLC0415

    if not customer and not record:
        raise Invalid("name --customer or --record", code="FORGET_WHOM")
    DataDirectory(data).require()
    count = forgotten(data, customer or (), record or ())
    typer.echo(json.dumps({"forgotten": count}) if as_json else f"{count} names forgotten")
