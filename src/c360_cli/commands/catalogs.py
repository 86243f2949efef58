"""The `catalog` subcommand: check a catalog before it is put into the data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from c360_kernel.catalog import CatalogError, load_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import SettingsError

from c360_cli.commands.options import DEFAULT_DATA, Data

File = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The catalog.")
]
app = typer.Typer(no_args_is_help=True, help="Check a catalog before an instance takes it.")


@app.callback()
def begin() -> None:
    """Check a catalog before an instance takes it."""


@app.command()
def check(file: File, data: Data = DEFAULT_DATA) -> None:
    """Say what is wrong with a catalog, else what taking it does: 0 it is taken, 1 refused."""
    from c360_cli.catalogs import catalog_of, changed_entries, work_for  # noqa: PLC0415

    wanted = _read(file)
    _refuse_lost_denials(file, data)
    held = catalog_of(data)
    typer.echo(f"{file}: can be taken")
    for line in changed_entries(held, wanted):
        typer.echo(f"  {line}")
    work = list(work_for(held, wanted, data))
    for line in work or ["nothing has to be derived again"]:
        typer.echo(line)


def _read(file: Path) -> Catalog:
    try:
        return load_catalog(file)
    except CatalogError as error:
        for problem in error.problems:
            place = f" {problem.path}" if problem.path else ""
            message = f"{file}:{problem.line}{place}: {error.code}: {problem.message}"
            typer.echo(message, err=True)
    except SettingsError as error:
        typer.echo(f"{file}: {error.code}: {error.message}", err=True)
    raise typer.Exit(1)


def _refuse_lost_denials(file: Path, data: Path) -> None:
    """A catalog in which a deny of the instance's policy would be about nothing is not taken."""
    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415

    policy = data / "policy" / "policy.csv"
    if not policy.exists():
        return
    checked = check_policy(policy.read_bytes(), words_of(file, None, data))
    for problem in checked.refused:
        typer.echo(f"{file}: POLICY_INVALID: {policy}: {problem}", err=True)
    if checked.refused:
        raise typer.Exit(1)
