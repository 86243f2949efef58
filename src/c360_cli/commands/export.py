"""The `export` subcommand: customers out of a running instance, through its API and its policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from c360_kernel.catalog import load_catalog
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory
from c360_cli.exports.pages import export_headers, exported


def export(
    to: Annotated[Path, typer.Option(help="The file to make: one JSON object a line.")],
    reason: Annotated[str, typer.Option(help="Why; it is on record with each page.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    segment: Annotated[str | None, typer.Option(help="Only members of this segment.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(help="Field of the golden profile; several times. Default: all of them."),
    ] = None,
    role: Annotated[
        str, typer.Option(help="The role of a token that the data directory mints.")
    ] = "privacy_officer",
    purpose: Annotated[str, typer.Option(help="The purpose of such a token.")] = "",
    ticket: Annotated[str | None, typer.Option(help="The ticket that it is done for.")] = None,
) -> None:
    """Take customers out in bulk, as far as policy lets the role read and export them."""
    if to.exists():
        raise Invalid(f"{to} is there already", code="FILE_EXISTS")
    api = Api(data, url, token, purpose, export_headers(reason, ticket))
    rows = exported(api, role, field or _every_field(data), segment)
    typer.echo(f"exported {_written(rows, to)} customers to {to}")


def _written(rows: Iterator[Mapping[str, object]], to: Path) -> int:
    """How many there are; what ends early leaves nothing behind."""
    count = 0
    aside = to.with_name(f"{to.name}.part")
    try:
        with aside.open("wb") as file:
            for row in rows:
                file.write(orjson.dumps(row) + b"\n")
                count += 1
        aside.rename(to)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return count


def _every_field(data: Path) -> Sequence[str]:
    """The traits of the catalog in force. Raises `Invalid` where it is elsewhere."""
    directory = DataDirectory(data)
    found = [one for one in (directory.catalog_in_force, directory.catalog) if one.exists()]
    if not found:
        raise Invalid("name each --field: the catalog is not here", code="EXPORT_WHAT")
    return list(load_catalog(found[0]).profile_traits)
