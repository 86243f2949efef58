"""The `dead-letters` subcommands: entries that no service took, through the API of an instance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

import typer
from c360_kernel.errors import NotFound

from c360_cli.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

Json = Mapping[str, Any]
Group = Annotated[str | None, typer.Option(help="Only what this service could not take.")]
Code = Annotated[str | None, typer.Option(help="Only what was put aside with this code.")]

_READER, _WRITER = "privacy_officer", "connector"
_PAGE, _RESENT = 100, 100
_LIST = """query DeadLetters($first: Int, $after: String, $group: String, $code: String) {
  deadLetters(first: $first, after: $after, group: $group, code: $code) {
    edges { cursor node { id entry topic partition offset group code at source key %s } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_RESEND = """mutation ResendDeadLetters($ids: [ID!]!) {
  resendDeadLetters(ids: $ids) { results { index status code path message } }
}"""


@app.command("list")
def list_letters(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    group: Group = None,
    code: Code = None,
    first: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
) -> None:
    """What was put aside, newest first, one JSON object a line; without what it says."""
    api = Api(data, url, token)
    for count, edge in enumerate(_edges(api, group, code)):
        if count == first:
            return
        typer.echo(json.dumps(edge["node"], ensure_ascii=False))


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
) -> None:
    """One of them with what it says; every look is audited."""
    api = Api(data, url, token)
    before: str | None = None
    for edge in _edges(api, None, None):
        if edge["node"]["id"] == letter:
            # What it says is asked for of this one alone: nobody else has been looked at.
            page = api.ask(_READER, _LIST % "content", {"first": 1, "after": before})["deadLetters"]
            typer.echo(json.dumps(page["edges"][0]["node"], ensure_ascii=False, indent=2))
            return
        before = edge["cursor"]
    raise NotFound("no entry of this id was put aside", code="DEAD_LETTER_UNKNOWN")


@app.command()
def resend(
    letters: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` prints them.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    group: Group = None,
    code: Code = None,
) -> None:
    """Append entries once more, when the service that could not take them is mended.

    By their ids, or all of a service or code; one JSON answer a line. Exits with 1 when one was
    refused.
    """
    if not letters and group is None and code is None:
        raise typer.BadParameter("name dead letters, --group or --code")
    api = Api(data, url, token)
    ids = letters or _each_entry_once(_edges(api, group, code))
    refused = False
    for begin in range(0, len(ids), _RESENT):
        part = ids[begin : begin + _RESENT]
        told = api.ask(_WRITER, _RESEND, {"ids": part})["resendDeadLetters"]["results"]
        for answer in told:
            refused = refused or answer["status"] == "REFUSED"
            typer.echo(json.dumps({"id": part[answer["index"]], **answer}, ensure_ascii=False))
    if refused:
        raise typer.Exit(1)


def _each_entry_once(edges: Iterator[Json]) -> list[str]:
    """An entry that was sent again and put aside again has several letters."""
    return list({edge["node"]["entry"]: edge["node"]["id"] for edge in edges}.values())


def _edges(api: Api, group: str | None, code: str | None) -> Iterator[Json]:
    after: str | None = None
    while True:
        wanted = {"first": _PAGE, "after": after, "group": group, "code": code}
        page = api.ask(_READER, _LIST % "", wanted)["deadLetters"]
        yield from cast("list[Json]", page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
