"""The `policy` subcommands: check a policy, and put one into force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy's text.")]
Catalog = Annotated[
    Path | None,
    typer.Option(help="The catalog to hold it against; default: the instance's, else ours."),
]
Supergraph = Annotated[
    Path | None,
    typer.Option(help="A supergraph to hold it against, instead of our own services'."),
]
app = typer.Typer(no_args_is_help=True, help="Check a policy; put one into force.")


@app.command()
def check(
    file: File,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what is wrong with a policy: 0 nothing, 1 it is refused, 2 it could not be checked."""
    _checked(file, catalog, supergraph, data)
    typer.echo(f"{file}: can be put into force")


@app.command()
def publish(
    file: File,
    data: Data = DEFAULT_DATA,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
) -> None:
    """Check a policy and put it into force whole, its last line the hash of what is before it."""
    from c360_cli.publishing import publish_policy  # noqa: PLC0415

    text = _checked(file, catalog, supergraph, data)
    where = publish_policy(text, data)
    typer.echo(f"{file}: published to {where}")


def _checked(file: Path, catalog: Path | None, supergraph: Path | None, data: Path) -> str:
    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415

    content = file.read_bytes()
    checked = check_policy(content, words_of(catalog, supergraph, data))
    for problem in checked.doubtful:
        typer.echo(f"{file}: warning: {problem}")
    for problem in checked.refused:
        typer.echo(f"{file}: POLICY_INVALID: {problem}", err=True)
    if checked.refused:
        raise typer.Exit(1)
    return content.decode("utf-8")
