"""The `dead-letters` subcommands: entries that no service took, through the API of an instance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer
from c360_kernel.errors import NotFound

from c360_cli.api.asking import Api, Token, Url
from c360_cli.api.put_aside import Json, PutAside, print_line
from c360_cli.commands.options import DEFAULT_DATA, Data

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

Group = Annotated[str | None, typer.Option(help="Only what this service could not take.")]
Code = Annotated[str | None, typer.Option(help="Only what was put aside with this code.")]

_LIST = """query DeadLetters($first: Int, $after: String, $group: String, $code: String) {
  deadLetters(first: $first, after: $after, group: $group, code: $code) {
    edges { cursor node { id entry topic partition offset group code at source key %s } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_RESEND = """mutation ResendDeadLetters($ids: [ID!]!) {
  resendDeadLetters(ids: $ids) { results { index status code path message } }
}"""
_LETTERS = PutAside("deadLetters", _LIST, "resendDeadLetters", _RESEND)


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
    for count, edge in enumerate(_LETTERS.edges(api, group=group, code=code)):
        if count == first:
            return
        print_line(edge["node"])


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
) -> None:
    """One of them with what it says; every look is audited."""
    api = Api(data, url, token)
    if (found := _LETTERS.one(api, letter, "content")) is None:
        raise NotFound("no entry of this id was put aside", code="DEAD_LETTER_UNKNOWN")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


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
    ids = letters or _each_entry_once(_LETTERS.edges(api, group=group, code=code))
    _LETTERS.resend(api, ids)


def _each_entry_once(edges: Iterator[Json]) -> list[str]:
    """An entry that was sent again and put aside again has several letters."""
    return list({edge["node"]["entry"]: edge["node"]["id"] for edge in edges}.values())
