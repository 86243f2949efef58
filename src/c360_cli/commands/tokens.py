"""The `token` subcommand."""

from __future__ import annotations

from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data

_TOKEN_KEY = "token.key"


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
    from c360_gateway.auth.issuers import local_key, mint  # noqa: PLC0415
    from c360_gateway.auth.principal import EVERY_SOURCE  # noqa: PLC0415

    key = local_key(data / "keys" / _TOKEN_KEY)
    typer.echo(mint(key, subject, role, purpose, source or [EVERY_SOURCE]))
