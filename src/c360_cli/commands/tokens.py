"""The `token` subcommand."""

from __future__ import annotations

from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.credentials import local_token
from c360_cli.directory import DataDirectory


def token(
    role: Annotated[list[str], typer.Option(help="Role; may be given several times.")],
    data: Data = DEFAULT_DATA,
    subject: Annotated[str, typer.Option(help="Whom the token speaks for.")] = "local-user",
    purpose: Annotated[str, typer.Option(help="What the data is used for.")] = "",
    source: Annotated[
        list[str] | None, typer.Option(help="Source it may write; default: every one.")
    ] = None,
) -> None:
    """Print a token for the local instance and nothing else."""
    DataDirectory(data).require()
    typer.echo(local_token(data, role, subject, purpose, source or ()))
