"""`c360 audit anomalies`: what stands out of how roles are commonly used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from c360_audit.domain.anomalies import COMMON_MS, Anomaly, anomalies

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.instants import shown_instant
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("hour", "kind", "who", "roles", "value", "common", "spread")


async def found_anomalies(instance: Instance, since: int, until: int) -> Sequence[Anomaly]:
    """What stands out from a time until before another (ms UTC), newest first."""
    question = by_operator("audit_question", "anomalies", since=str(since))
    async with reading(instance, question) as record:
        activity = await record.log.activity(since - COMMON_MS, until)
    return anomalies(activity, since)


def show(found: Sequence[Anomaly], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json({"anomalies": [_as_json(one) for one in found]})
        return
    if found:
        print_table(_HEAD, map(_row, found))
    typer.echo(f"{len(found)} anomalies")


def _as_json(one: Anomaly) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "principal": one.principal,
        "roles": list(one.roles),
        "at": shown_instant(one.at),
        "value": one.value,
        "common": one.common,
        "spread": one.spread,
    }


def _row(one: Anomaly) -> Sequence[str]:
    common, spread = (
        "" if number is None else f"{number:g}" for number in (one.common, one.spread)
    )
    shown, roles = shown_instant(one.at) or "", "+".join(one.roles)
    return shown, one.kind, one.principal, roles, str(one.value), common, spread
