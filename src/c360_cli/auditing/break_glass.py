"""`c360 audit breakglass`: roles that were broken into, and whether somebody else looked at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from c360_audit.domain.operation import AuditQuery
from c360_audit.domain.reviews import OPENED, REVIEWED, BrokenGlass, broken_glass
from c360_audit.store.port import AuditLog
from c360_kernel.payload import OperationAudited

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.instants import shown_instant
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("at", "who", "role", "ticket", "reason", "reviewed by", "verdict", "grant")
_PAGE = 500


async def opened(instance: Instance, since: int) -> Sequence[BrokenGlass]:
    """Every opening since a time (ms UTC) with its review, the first one first."""
    question = by_operator("audit_question", "breakglass", since=str(since))
    async with reading(instance, question) as record:
        acts = [act for kind in (OPENED, REVIEWED) for act in await _all(record.log, kind, since)]
    return broken_glass(acts)


def show(found: Sequence[BrokenGlass], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json({"breakGlass": [_as_json(one) for one in found]})
        return
    if found:
        print_table(_HEAD, map(_row, found))
    waiting = sum(not one.reviewer for one in found)
    typer.echo(f"{waiting} without review")


async def _all(log: AuditLog, kind: str, since: int) -> list[OperationAudited]:
    acts: list[OperationAudited] = []
    after = -1
    while found := await log.page(AuditQuery(since, kind=kind), after, _PAGE):
        acts += [leaf.audited.operation for leaf in found]
        after = found[-1].number
    return acts


def _as_json(one: BrokenGlass) -> dict[str, Any]:
    return {
        "grant": one.grant,
        "principal": one.principal,
        "role": one.role,
        "at": shown_instant(one.at),
        "reason": one.reason,
        "ticket": one.ticket,
        "reviewer": one.reviewer or None,
        "reviewedAt": None if one.reviewed_at is None else shown_instant(one.reviewed_at),
        "verdict": one.verdict or None,
    }


def _row(one: BrokenGlass) -> Sequence[str]:
    at, reviewer = shown_instant(one.at) or "", one.reviewer or "nobody"
    return at, one.principal, one.role, one.ticket, one.reason, reviewer, one.verdict, one.grant
