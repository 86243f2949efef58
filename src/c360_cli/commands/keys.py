"""The `keys` subcommands: what connectors are let in by, instead of a token."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from c360_kernel.payload import OperationAudited

from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.commands.tokens import warn_of_unknown
from c360_cli.recording import by_operator, put_on_record

if TYPE_CHECKING:
    from c360_cli.api.connector_keys import ConnectorKeyIssuing

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Keys of connectors: add, rotate, revoke."
)

Connector = Annotated[str, typer.Argument(metavar="CONNECTOR", help="Whom the key is for.")]
Expires = Annotated[str, typer.Option(help="How long it holds: 12h, 90d, 365d.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def add(
    source: Annotated[list[str], typer.Option(help="Source it may write; several may be given.")],
    connector: Annotated[
        str,
        typer.Argument(metavar="[CONNECTOR]", help="Whom the key is for; its source unless told."),
    ] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="Role; default: connector. Several may be given.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the data is used for.")] = "",
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Origin whose pages may use it from a browser; several may be given."),
    ] = None,
    expires: Expires = "365d",
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Make a key for a new connector and print it; it is shown this once."""
    roles, connector = role or ["connector"], connector or "-".join(source)
    details = {"roles": ",".join(roles), "sources": ",".join(source), "purpose": purpose}
    if origin:
        details["origins"] = ",".join(origin)
    act = by_operator("token_minted", connector, expires=expires, **details)
    warn_of_unknown(roles, data)
    record = partial(_record, data, act)
    made = _issuing(data).add(connector, roles, source, purpose, expires, record, origin or ())
    _print_key(made, as_json)


@app.command()
def rotate(
    connector: Connector,
    expires: Expires = "365d",
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Make a second key with the same rights and print it; the first holds until it is revoked."""
    act = by_operator("key_rotated", connector, expires=expires)
    _print_key(_issuing(data).rotate(connector, expires, partial(_record, data, act)), as_json)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key's id, as `list` prints it.")],
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Take a key back; it holds within three seconds."""
    _issuing(data).revoke(key, partial(_record, data, by_operator("token_revoked", key)))
    typer.echo(json.dumps({"revoked": key}) if as_json else f"{key} is revoked")


@app.command("list")
def list_keys(data: Data = DEFAULT_DATA) -> None:
    """The keys that are accepted, one JSON object a line, without anything to get in by."""
    for key in _issuing(data).listed():
        typer.echo(json.dumps(key, ensure_ascii=False))


def _record(data: Path, act: OperationAudited, key_id: str) -> None:
    put_on_record(data, replace(act, token_id=key_id))


def _print_key(shown: tuple[str, str], as_json: bool) -> None:
    key_id, key = shown
    typer.echo(json.dumps({"id": key_id, "key": key}) if as_json else key)


def _issuing(data: Path) -> ConnectorKeyIssuing:
    # A domain service's image holds this command without the gateway.
    from c360_cli.api.connector_keys import ConnectorKeyIssuing  # noqa: PLC0415

    return ConnectorKeyIssuing(data)
