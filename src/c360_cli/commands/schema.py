"""The `schema` subcommand: the schema that somebody sees, as SDL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from c360_cli.api.asking import Token
from c360_cli.commands.options import DEFAULT_DATA, Data


def schema(
    role: Annotated[
        list[str] | None, typer.Option(help="Whose view; may be given several times.")
    ] = None,
    data: Data = DEFAULT_DATA,
    catalog: Annotated[
        Path | None, typer.Option(help="The catalog; default: the instance's, else ours.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the data is used for.")] = "",
    url: Annotated[
        str | None,
        typer.Option(help="Ask this running instance, as roles that may introspect."),
    ] = None,
    token: Token = None,
) -> None:
    """Print the schema, or the part of it that a role may use, from the catalog and the policy."""
    from c360_cli.api.asking import Api  # noqa: PLC0415
    from c360_cli.schemas import printed, schema_of_files, schema_of_instance  # noqa: PLC0415

    roles = role or ()
    shown = (
        schema_of_files(data, catalog, roles, purpose)
        if url is None
        else schema_of_instance(Api(data, url, token), roles)
    )
    typer.echo(printed(shown))
