"""The `token` subcommand: print one, take some back."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from c360_kernel.errors import C360Error, Invalid, NotFound

from c360_cli.api.credentials import local_token, minting_of
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory
from c360_cli.instants import instant_ms
from c360_cli.recording import by_operator, put_on_record
from c360_cli.running.lifetime import lifetime_of

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def token(
    context: typer.Context,
    role: Annotated[
        list[str] | None, typer.Option(help="Role; may be given several times.")
    ] = None,
    data: Data = DEFAULT_DATA,
    subject: Annotated[str, typer.Option(help="Whom the token speaks for.")] = "local-user",
    purpose: Annotated[str, typer.Option(help="What the data is used for.")] = "",
    source: Annotated[
        list[str] | None, typer.Option(help="Source it may write; default: every one.")
    ] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="What row rules ask of it: team=north; may be given several times."),
    ] = None,
    expires: Annotated[
        str, typer.Option(help="How long it holds: 45m, 12h, 30d (C360_TOKEN_MAX_LIFE_S at most).")
    ] = "12h",
) -> None:
    """Print a token for the local instance and nothing else; or take tokens back."""
    if context.invoked_subcommand is not None:
        return
    if not role:
        raise typer.BadParameter("name at least one", param_hint="--role")
    DataDirectory(data).require()
    warn_of_unknown(role, data)
    lifetime_s = lifetime_of(expires, data)
    attributes = attribute or ()
    minted = local_token(data, role, subject, purpose, source or (), lifetime_s, attributes)
    put_on_record(data, minting_of(minted, subject))
    typer.echo(minted)


def warn_of_unknown(roles: list[str], data: Path) -> None:
    """Only warn: a policy may be published after the tokens for it."""
    # A domain service's image holds this command without the gateway.
    from c360_policy.apart import of_token  # noqa: PLC0415

    from c360_cli.roles import policy_of, unknown_roles  # noqa: PLC0415

    with suppress(C360Error, OSError):
        policy = policy_of(data)
        for complaint in unknown_roles(policy, roles):
            typer.echo(f"c360: ROLE_UNKNOWN: {complaint}: it opens nothing", err=True)
        for warning in of_token(policy, roles):
            typer.echo(f"c360: ROLES_APART: {warning}", err=True)


@app.command()
def revoke(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option("--data", help="Data directory of the instance.")
    ] = None,
    jti: Annotated[str | None, typer.Option(help="The token of this id.")] = None,
    subject: Annotated[str | None, typer.Option(help="Tokens that speak for this one.")] = None,
    role: Annotated[str | None, typer.Option(help="Tokens with this role of ours.")] = None,
    issued_before: Annotated[
        str | None,
        typer.Option(
            help="Only those of this instant or before, as 2026-01-31T12:00:00Z or `now`."
        ),
    ] = None,
) -> None:
    """Take tokens back, those that fit all that is given; it holds within three seconds."""
    # A domain service's image holds this command without the gateway.
    from c360_gateway.auth.revocation import (  # noqa: PLC0415
        Revocation,
        append_revocation,
        now_s,
    )
    from c360_gateway.settings import GatewaySettings  # noqa: PLC0415

    if jti is None and subject is None and role is None:
        raise Invalid("name --jti, --subject or --role", code="REVOKE_WHAT")
    assert context.parent is not None
    root: Path = data or context.parent.params["data"]
    DataDirectory(root).require()
    _refuse_mistyped(role, root)
    before = now_s() if issued_before == "now" else _seconds_of(issued_before)
    taken = Revocation(jti, subject, role, before)
    details = dict(json.loads(taken.line()))
    put_on_record(root, by_operator("token_revoked", subject or jti or "", **details))
    append_revocation(GatewaySettings(data=root).revoked_file, taken)
    typer.echo(taken.line())


def _refuse_mistyped(role: str | None, data: Path) -> None:
    """A role that nobody has is no revocation, and would look like one."""
    # A domain service's image holds this command without the gateway.
    from c360_cli.roles import policy_of, unknown_roles  # noqa: PLC0415

    try:
        known = policy_of(data)
    except (C360Error, OSError):
        # A policy that cannot be read here keeps nobody from taking tokens back.
        return
    for complaint in unknown_roles(known, [role] if role else []):
        raise NotFound(complaint, code="ROLE_UNKNOWN")


def _seconds_of(instant: str | None) -> int | None:
    return None if instant is None else instant_ms(instant) // 1000
