"""The `quarantine` subcommands: refused items of a running instance, through its API."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from c360_kernel.errors import NotFound

from c360_cli.api.asking import Api, Token, Url
from c360_cli.api.put_aside import PutAside, print_line
from c360_cli.commands.options import DEFAULT_DATA, Data

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

Source = Annotated[str | None, typer.Option(help="Only items of this source.")]
Code = Annotated[str | None, typer.Option(help="Only items refused with this code.")]

_LIST = """query Quarantine($first: Int, $after: String, $source: String, $code: String) {
  quarantine(first: $first, after: $after, source: $source, code: $code) {
    edges { cursor node { id source key operation code path principal at isWhole %s } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_RESEND = """mutation Resend($ids: [ID!]!) {
  resendQuarantined(ids: $ids) { results { index status code path message } }
}"""
_ITEMS = PutAside("quarantine", _LIST, "resendQuarantined", _RESEND)


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
    for count, edge in enumerate(_ITEMS.edges(api, source=source, code=code)):
        if count == first:
            return
        print_line(edge["node"])


@app.command()
def show(
    item: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
) -> None:
    """One refused item with what was sent, as far as it was kept; every look is audited."""
    api = Api(data, url, token)
    if (found := _ITEMS.one(api, item, "item")) is None:
        raise NotFound("no refused item of this id is kept", code="QUARANTINE_UNKNOWN")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


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
    nodes = (edge["node"] for edge in _ITEMS.edges(api, source=source, code=code))
    ids = items or [one["id"] for one in nodes if one["isWhole"]]
    _ITEMS.resend(api, ids)
