"""The `consent` subcommands: what a person allowed, and the receipts of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.consents import HISTORY, RECEIPTS, history_of, receipts_of
from c360_cli.evidence.questions import record_of

if TYPE_CHECKING:
    from c360_kernel.signing import SigningKeys

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


@app.command()
def keys(data: Data = DEFAULT_DATA) -> None:
    """Print the public keys that receipts are verified by, as a JWKS (RFC 7517)."""
    from c360_cli.receipts import published  # noqa: PLC0415

    typer.echo(json.dumps(published(_keys_of(data)), indent=2))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="Receipts as JSON.", exists=True, dir_okay=False)],
    kept: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            help="Public keys as a JWKS; those of the data directory if left out.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Verify the signatures of receipts; exits with 1 unless all are to be believed."""
    from c360_cli.receipts import keys_in, receipts_in, verify_all  # noqa: PLC0415

    receipts = receipts_in(file.read_bytes())
    public = _keys_of(data).public if kept is None else keys_in(kept.read_bytes())
    try:
        verify_all(receipts, public)
    except Invalid as error:
        typer.echo(f"{error.code}: {error.message}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{len(receipts)} verified")


def _keys_of(data: Path) -> SigningKeys:
    from c360_cli.directory import DataDirectory  # noqa: PLC0415

    directory = DataDirectory(data)
    directory.require()
    return directory.signing_keys("profile")


def _given(api: Api, query: str, record: str, purpose: str | None) -> list[dict[str, Any]]:
    answer = api.ask_what_may_be_seen(_ROLE, query, record_of(record))
    customer = answer["customerByRecord"]
    if customer is None:
        raise Invalid("no such record", code="RECORD_UNKNOWN")
    return [one for one in customer["consents"] or () if purpose in (None, one["purpose"])]
