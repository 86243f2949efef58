"""The `consent` subcommands: what a person allowed, and the receipts of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.consents import HISTORY, RECEIPTS, history_of, receipts_of
from c360_cli.evidence.questions import record_of

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_ROLE = "privacy_officer"
_Record = Annotated[str, typer.Argument(metavar="RECORD", help="A record: SOURCE/KEY.")]
_Purpose = Annotated[str | None, typer.Option(help="Of this purpose alone.")]


@app.callback()
def begin() -> None:
    """Say what a person allowed."""


@app.command()
def history(
    record: _Record,
    purpose: _Purpose = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> None:
    """Every answer that the customer of a record gave, newest first."""
    given = _given(Api(data, url, token), HISTORY, record, purpose)
    typer.echo(json.dumps(given, ensure_ascii=False) if as_json else history_of(given))


@app.command()
def receipt(
    record: _Record,
    purpose: _Purpose = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print the receipts of what holds, as JSON with the fields of ISO/IEC TS 27560."""
    given = _given(Api(data, url, token), RECEIPTS, record, purpose)
    typer.echo(json.dumps(receipts_of(given), ensure_ascii=False, indent=2))


def _given(api: Api, query: str, record: str, purpose: str | None) -> list[dict[str, Any]]:
    answer = api.ask_what_may_be_seen(_ROLE, query, record_of(record))
    customer = answer["customerByRecord"]
    if customer is None:
        raise Invalid("no such record", code="RECORD_UNKNOWN")
    return [one for one in customer["consents"] or () if purpose in (None, one["purpose"])]
