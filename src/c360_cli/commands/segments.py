"""The `segment` subcommands: who is in which group, why, and what a change would change."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.listing import Listing, listed_rows, listing_in_words
from c360_cli.segments import (
    ARCHIVE,
    DIFF,
    LIST,
    PREVIEW,
    SAVE,
    WHY,
    condition_in,
    group_in_words,
    list_in_words,
    saved_in_words,
    why_in_words,
)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The segment's name.")]
_Condition = Annotated[
    str,
    typer.Argument(
        metavar="CONDITION", help="As the catalog says it, in YAML or JSON; or @FILE that holds it."
    ),
]
_Role = Annotated[str, typer.Option(help="The role of a token that the data directory mints.")]
_First = Annotated[int, typer.Option(min=0, max=200, help="So many customers are named.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON value.")]
_Note = Annotated[str, typer.Option(help="Why; kept with the version.")]
_OFFICER = "privacy_officer"


@app.callback()
def begin() -> None:
    """Say who is in a segment, why, and what a change would change; make one."""


@app.command("list")
def list_(
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """The segments that the role is told of, with their sizes."""
    found = Api(data, url, token).ask_of_groups(role, LIST, {})["segments"]
    _print(found, list_in_words(found), as_json=as_json)


@app.command()
def preview(
    condition: _Condition,
    first: _First = 5,
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Who would be in a segment of a condition; nothing is saved."""
    asked = {"condition": condition_in(condition), "first": first}
    found = Api(data, url, token).ask_of_groups(role, PREVIEW, asked)["previewSegment"]
    _print(found, group_in_words("members", found), as_json=as_json)


@app.command()
def diff(
    name: _Name,
    condition: _Condition,
    first: _First = 5,
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Who would enter and who would leave a segment if this were its condition."""
    asked = {"name": name, "condition": condition_in(condition), "first": first}
    found = _known(Api(data, url, token).ask_of_groups(role, DIFF, asked)["diffSegment"])
    parts = (group_in_words(part, found[part]) for part in ("entering", "leaving", "staying"))
    _print(found, "\n".join(parts), as_json=as_json)


@app.command()
def why(
    name: _Name,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Why a customer is in a segment or not, and when that changes by itself."""
    asked = {"name": name, "customer": customer}
    found = _known(Api(data, url, token).ask_what_may_be_seen(role, WHY, asked)["segment"])["why"]
    if found is None:
        raise Invalid("no such customer", code="CUSTOMER_UNKNOWN")
    _print(found, why_in_words(name, found), as_json=as_json)


@app.command()
def save(
    name: _Name,
    condition: _Condition,
    version: Annotated[
        int, typer.Option(min=0, help="The version that you saw; 0 of a new one.")
    ] = 0,
    title: Annotated[str, typer.Option(help="What it is called.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    note: _Note = "",
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Make a segment beside those of the catalog, or change one that people made."""
    asked = {"name": name, "condition": condition_in(condition), "version": version}
    said = {"title": title, "description": description, "note": note}
    found = Api(data, url, token).ask(role, SAVE, {**asked, **said})["saveSegment"]
    _print(found, saved_in_words(found), as_json=as_json)


@app.command()
def archive(
    name: _Name,
    version: Annotated[int, typer.Option(min=1, help="The version that you saw.")],
    note: _Note = "",
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Put an end to a segment that people made; what was saved of it stays on record."""
    asked = {"name": name, "version": version, "note": note}
    found = Api(data, url, token).ask(role, ARCHIVE, asked)["archiveSegment"]
    _print(found, saved_in_words(found), as_json=as_json)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The segment that is a list.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV with the columns source and key, or customer, or a type of identifier;"
            " reason and expiresAt may be beside.",
        ),
    ],
    off: Annotated[bool, typer.Option("--off", help="Take these customers off the list.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with each.")] = "",
    role: _Role = _OFFICER,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: _Json = False,
) -> None:
    """Put the customers of a file on a list, or take them off.

    Exits with 1 when rows were refused; their reasons are told row by row.
    """
    api = Api(data, url, token)
    rows = listed_rows(
        file, Listing(name, not off, reason), partial(api.ask_what_may_be_seen, role)
    )
    results = list(rows)
    _print([one._asdict() for one in results], listing_in_words(results), as_json=as_json)
    if any(one.code for one in results):
        raise typer.Exit(1)


def _known(found: Any) -> Any:  # noqa: ANN401 - JSON
    if found is None:
        raise Invalid("no segment of this name is there for the role", code="SEGMENT_UNKNOWN")
    return found


def _print(found: object, words: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else words)
