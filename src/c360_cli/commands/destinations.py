"""The `destination` subcommands: who is told of changes, and what was sent."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.kinds import KINDS
from c360_kernel.errors import Invalid
from c360_kernel.payload import OperationAudited

from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.instants import instant_ms
from c360_cli.recording import by_operator, put_on_record

if TYPE_CHECKING:
    from c360_cli.assembly import Instance

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Destinations: let one in, try it, see and repeat what was sent.",
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A destination of the catalog.")]


@app.command()
def add(
    name: _Name,
    expires: Annotated[str, typer.Option(help="How long its key holds: 90d, 365d.")] = "365d",
    data: Data = DEFAULT_DATA,
) -> None:
    """Let a destination of the catalog in, with the roles it has there; print a webhook's secret.

    What it signed with before signs on until the next time.
    """
    from c360_cli.api.connector_keys import ConnectorKeyIssuing  # noqa: PLC0415
    from c360_cli.destinations import (  # noqa: PLC0415
        destination_named,
        keep_key,
        keep_row_key,
        principal_of,
        renew_secret,
        settings_of,
    )
    from c360_cli.running.lifetime import seconds_of_life  # noqa: PLC0415

    instance = _instance(data)
    one = destination_named(instance, name)
    # What is refused is refused while the keys of before still hold.
    seconds_of_life(expires)
    folder, principal = settings_of(instance).destination_keys, principal_of(one)
    issuing = ConnectorKeyIssuing(data)
    for key in [key for key in issuing.listed() if key["connector"] == principal]:
        act = by_operator("token_revoked", key["key"])
        issuing.revoke(key["key"], partial(_record, data, act))
    record = partial(_record, data, _minting(one, principal, expires))
    _, key = issuing.add(principal, one.roles, (), one.purpose, expires, record)
    keep_key(folder, name, key)
    if one.sync:
        keep_row_key(folder, name)
    typer.echo(renew_secret(folder, name) if KINDS[one.kind].signs else f"{name} is let in")


@app.command()
def status(
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> None:
    """How each destination is, and how many deliveries there are of each kind."""
    from c360_cli.destinations import states_of  # noqa: PLC0415

    states = states_of(_instance(data))
    if as_json:
        typer.echo(json.dumps(states))
        return
    for one in states:
        numbers = ", ".join(f"{n} {what}" for what, n in sorted(one["deliveries"].items()))
        how = one["disabled"] or ("on" if one["met"] else "not met yet")
        typer.echo(f"{one['name']}: {how}; {numbers or 'nothing sent'}")


@app.command()
def test(name: _Name, data: Data = DEFAULT_DATA) -> None:
    """Try a destination without telling of anybody, and print what it answers."""
    from c360_cli.destinations import destination_named, tried  # noqa: PLC0415

    instance = _instance(data)
    answered = tried(instance, destination_named(instance, name))
    typer.echo(answered.said)
    raise typer.Exit(1 if answered.code else 0)


@app.command()
def replay(
    name: _Name,
    since: Annotated[str, typer.Option("--from", help="As 2026-01-31T12:00:00Z.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Send what changed since an instant once more, each under its id of before."""
    from c360_cli.destinations import destination_named, send_again  # noqa: PLC0415

    instance = _instance(data)
    destination_named(instance, name)
    begin = instant_ms(since)
    put_on_record(data, by_operator("replay", f"destination {name}", since=since))
    typer.echo(f"{send_again(instance, name, begin)} deliveries are sent again")


@app.command()
def resume(name: _Name, data: Data = DEFAULT_DATA) -> None:
    """Turn a destination on again that answered 410, with all that waits for it."""
    from c360_cli.destinations import destination_named, turn_on  # noqa: PLC0415

    instance = _instance(data)
    destination_named(instance, name)
    put_on_record(data, by_operator("replay", f"destination {name}", act="resume"))
    turn_on(instance, name)
    typer.echo(f"{name} is on")


def _minting(one: Destination, principal: str, expires: str) -> OperationAudited:
    details = {"roles": ",".join(one.roles), "sources": "", "purpose": one.purpose}
    return by_operator("token_minted", principal, expires=expires, **details)


def _record(data: Path, act: OperationAudited, key_id: str) -> None:
    put_on_record(data, replace(act, token_id=key_id))


def _instance(data: Path) -> Instance:
    from c360_cli.assembly import instance_of  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415

    directory = DataDirectory(data)
    directory.require()
    instance = instance_of(directory)
    if not instance.catalog.destinations:
        raise Invalid("the catalog has no destinations", code="DESTINATION_UNKNOWN")
    return instance
