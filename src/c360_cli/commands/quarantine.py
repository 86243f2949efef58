"""The `quarantine` subcommands: refused items of a running instance, through its API."""

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
Source = Annotated[str | None, typer.Option(help="Only items of this source.")]
Code = Annotated[str | None, typer.Option(help="Only items refused with this code.")]

_READER, _WRITER = "privacy_officer", "connector"
_PAGE, _RESENT = 100, 100
_LIST = """query Quarantine($first: Int, $after: String, $source: String, $code: String) {
  quarantine(first: $first, after: $after, source: $source, code: $code) {
    edges { cursor node { id source key operation code path principal at isWhole %s } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_RESEND = """mutation Resend($ids: [ID!]!) {
  resendQuarantined(ids: $ids) { results { index status code path message } }
}"""


@app.command("list")
def list_items(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    source: Source = None,
    code: Code = None,
    first: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
) -> None:
    """Refused items, newest first, one JSON object a line; without what was sent."""
    api = Api(data, url, token)
    for count, item in enumerate(_items(api, source, code)):
        if count == first:
            return
        typer.echo(json.dumps(item, ensure_ascii=False))


@app.command()
def show(
    item: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
) -> None:
    """One refused item with what was sent, as far as it was kept; every look is audited."""
    api = Api(data, url, token)
    before: str | None = None
    for edge in _edges(api, None, None):
        if edge["node"]["id"] == item:
            # What was sent is asked for of this one alone: nobody else has been looked at.
            page = api.ask(_READER, _LIST % "item", {"first": 1, "after": before})["quarantine"]
            typer.echo(json.dumps(page["edges"][0]["node"], ensure_ascii=False, indent=2))
            return
        before = edge["cursor"]
    raise NotFound("no refused item of this id is kept", code="QUARANTINE_UNKNOWN")


@app.command()
def resend(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` prints them.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    source: Source = None,
    code: Code = None,
) -> None:
    """Send items again, by their ids or all of a source or code; one JSON answer a line.

    Exits with 1 when one was refused again.
    """
    if not items and source is None and code is None:
        raise typer.BadParameter("name items, --source or --code")
    api = Api(data, url, token)
    ids = items or [one["id"] for one in _items(api, source, code) if one["isWhole"]]
    refused = False
    for begin in range(0, len(ids), _RESENT):
        part = ids[begin : begin + _RESENT]
        told = api.ask(_WRITER, _RESEND, {"ids": part})["resendQuarantined"]["results"]
        for answer in told:
            refused = refused or answer["status"] == "REFUSED"
            typer.echo(json.dumps({"id": part[answer["index"]], **answer}, ensure_ascii=False))
    if refused:
        raise typer.Exit(1)


def _items(api: Api, source: str | None, code: str | None) -> Iterator[Json]:
    return (edge["node"] for edge in _edges(api, source, code))


def _edges(api: Api, source: str | None, code: str | None) -> Iterator[Json]:
    after: str | None = None
    while True:
        wanted = {"first": _PAGE, "after": after, "source": source, "code": code}
        page = api.ask(_READER, _LIST % "", wanted)["quarantine"]
        yield from cast("list[Json]", page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
