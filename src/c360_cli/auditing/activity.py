"""`c360 audit what`: everything that a principal did or tried, refused requests too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_kernel.payload import OperationAudited

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.recording import by_operator
from c360_cli.trying.showing import tell_json, tell_table
from c360_cli.trying.times import shown_time

_HEAD = ("at", "times", "kind", "outcome", "code", "roles", "purpose", "customers", "what")


async def what(instance: Instance, principal: str, since: int, most: int) -> Sequence[Leaf]:
    """At most so many acts since a time (ms UTC), newest first."""
    question = by_operator("audit_question", "what", asked=principal, since=str(since))
    async with reading(instance, question) as record:
        return await record.log.latest(AuditQuery(since, principal=principal), None, most)


def tell(leaves: Sequence[Leaf], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        tell_json({"acts": [_as_json(one) for one in leaves]})
        return
    if leaves:
        tell_table(_HEAD, (_row(one.audited.operation) for one in leaves))
    typer.echo(f"{len(leaves)} acts")


def _row(told: OperationAudited) -> Sequence[str]:
    return (
        shown_time(told.at) or "",
        str(told.times),
        told.kind,
        told.outcome,
        told.code,
        "+".join(told.roles),
        told.purpose,
        str(len(told.subjects)),
        _what(told),
    )


def _what(told: OperationAudited) -> str:
    """What it was done to, or else the beginning of what it used."""
    used = [use.coordinate for use in told.uses if use.coordinate.startswith(_ROOTS)]
    return told.target or told.operation_name or ", ".join(used[:3])


_ROOTS = ("Query.", "Mutation.", "Subscription.")


def _as_json(leaf: Leaf) -> dict[str, Any]:
    told = leaf.audited.operation
    return {
        "id": leaf.audited.entry_id,
        "at": shown_time(told.at),
        "until": shown_time(told.until) if told.until else None,
        "times": told.times,
        "kind": told.kind,
        "outcome": told.outcome,
        "code": told.code or None,
        "principal": told.principal,
        "roles": list(told.roles),
        "purpose": told.purpose,
        "reason": told.reason,
        "ticket": told.ticket,
        "breakGlass": told.break_glass or None,
        "address": told.address or None,
        "tokenId": told.token_id or None,
        "target": told.target or None,
        "details": dict(told.details),
        "policyVersion": told.policy_version,
        "operation": {
            "kind": told.operation_kind,
            "name": told.operation_name,
            "hash": told.operation_hash,
        },
        "customers": len(told.subjects),
        "uses": [
            {"coordinate": one.coordinate, "use": one.use, "decision": one.decision}
            for one in told.uses
        ],
        "traceId": told.trace_id,
    }
