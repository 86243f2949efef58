"""`c360 audit alerts`: what on record somebody should look at."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data

_DAY_MS = 86_400_000


def alerts(
    days: Annotated[float, typer.Option(min=0, help="Of acts of so many days.")] = 7,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say what on record somebody should look at; new alerts are put on record, too.

    Exits with 1 when there are any.
    """
    from c360_kernel.stamp import wall_clock_ms  # noqa: PLC0415
    from c360_kernel.value_types import format_instant  # noqa: PLC0415

    from c360_cli.auditing.raising import alerts_of  # noqa: PLC0415

    found = alerts_of(data, wall_clock_ms() - int(days * _DAY_MS))
    if as_json:
        rows = [{"id": one.id, **asdict(one)} for one in found]
        typer.echo(json.dumps({"alerts": rows}, ensure_ascii=False))
    else:
        for one in found:
            typer.echo(f"{format_instant(one.at)} {one.rule}: {one.message}")
        typer.echo(f"{len(found)} alerts")
    if found:
        raise typer.Exit(1)
