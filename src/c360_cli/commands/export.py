"""The `export` subcommand: customers out of a running instance, through its API and its policy."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from c360_kernel.catalog import load_catalog
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory
from c360_cli.exports.chosen import Chosen, chosen_of
from c360_cli.exports.forms import finish_for
from c360_cli.exports.pages import export_headers, exported
from c360_cli.exports.unfinished import Unfinished
from c360_cli.recording import by_operator, on_record

_TOLD_EACH = 1_000
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def export(
    out: Annotated[Path, typer.Option(help="The file to make: .csv, .jsonl or .parquet.")],
    reason: Annotated[str, typer.Option(help="Why; it is on record with each page.")],
    segment: Annotated[
        str | None, typer.Argument(help="Only members of this segment; all customers without.")
    ] = None,
    found_by: Annotated[
        str | None,
        typer.Option(
            "--filter", help="Only customers that this filter finds: JSON, or the file of it."
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    fields: Annotated[
        str, typer.Option(help="Fields of the golden profile, commas between. Default: all.")
    ] = "",
    role: Annotated[
        str, typer.Option(help="The role of a token that the data directory mints.")
    ] = "privacy_officer",
    purpose: Annotated[str, typer.Option(help="The purpose of such a token.")] = "",
    ticket: Annotated[str | None, typer.Option(help="The ticket that it is done for.")] = None,
) -> None:
    """Take customers out in bulk, as far as policy lets the role read and export them.

    Run it again to go on where it was interrupted.
    """
    if out.exists():
        raise Invalid(f"{out} is there already", code="FILE_EXISTS")
    finish = finish_for(out)
    named = _named(fields) if fields else _every_field(data)
    chosen = chosen_of(segment, found_by)
    api = Api(data, url, token, purpose, export_headers(reason, ticket))
    # What was begun before there were filters goes on.
    found = [chosen.filter] if chosen.filter else []
    asked = [chosen.segment, named, role, purpose, *api.identity(), *found]
    unfinished = Unfinished(out, asked)
    with _recorded(data, chosen, named, reason, ticket) as details, unfinished:
        if not unfinished.is_complete:
            _load(unfinished, api, role, named, chosen)
        details["rows"] = str(unfinished.count)
        finish(unfinished.rows_file, out, ["id", *named])
    unfinished.remove()
    typer.echo(f"exported {unfinished.count} customers to {out}")


def _load(
    unfinished: Unfinished, api: Api, role: str, fields: Sequence[str], chosen: Chosen
) -> None:
    if unfinished.count:
        typer.echo(f"{unfinished.count:,} customers were there before this run", err=True)
    for page in exported(api, role, fields, chosen, unfinished.after):
        told = unfinished.count // _TOLD_EACH
        unfinished.add(page.rows, page.after)
        # A page of those who may be told of may have fewer than were asked for.
        if unfinished.count // _TOLD_EACH > told:
            typer.echo(f"{unfinished.count:,} customers", err=True)


@contextmanager
def _recorded(
    data: Path, chosen: Chosen, fields: Sequence[str], reason: str, ticket: str | None
) -> Generator[dict[str, str]]:
    """Put the export on record as one act, with its count, where the instance is here."""
    if not DataDirectory(data).catalog.exists():
        yield {}
        return
    said = {"fields": ",".join(fields), "reason": reason, "ticket": ticket or ""}
    said["filter"] = chosen.tested
    with on_record(data, by_operator("export", chosen.segment or "customers", **said)) as details:
        yield details


def _named(fields: str) -> Sequence[str]:
    """Each once, without the id that is there in any case. Raises `Invalid` (EXPORT_WHAT)."""
    names = [one.strip() for one in fields.split(",")]
    if not all(map(_FIELD.fullmatch, names)):
        message = "--fields are names of the golden profile, commas between: name,email"
        raise Invalid(message, code="EXPORT_WHAT")
    return [one for one in dict.fromkeys(names) if one != "id"]


def _every_field(data: Path) -> Sequence[str]:
    """The traits of the catalog in force. Raises `Invalid` where it is elsewhere."""
    directory = DataDirectory(data)
    found = [one for one in (directory.catalog_in_force, directory.catalog) if one.exists()]
    if not found:
        raise Invalid("name --fields: the catalog is not here", code="EXPORT_WHAT")
    return list(load_catalog(found[0]).profile_traits)
