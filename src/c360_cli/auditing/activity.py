"""`c360 audit what`: everything that a principal did or tried, refused requests too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_kernel.errors import NotFound
from c360_kernel.payload import OperationAudited

from c360_cli.assembly import Instance
from c360_cli.auditing.act_fields import act_fields
from c360_cli.auditing.reading import reading
from c360_cli.instants import shown_instant
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("at", "times", "kind", "outcome", "code", "roles", "purpose", "customers", "what")


async def what(instance: Instance, principal: str, since: int, most: int) -> Sequence[Leaf]:
    """At most so many acts since a time (ms UTC), newest first.

    Raises `NotFound` (PRINCIPAL_UNKNOWN) for somebody who never did or tried anything.
    """
    question = by_operator("audit_question", "what", asked=principal, since=str(since))
    async with reading(instance, question) as record:
        found = await record.log.latest(AuditQuery(since, principal=principal), None, most)
        if not found and not await record.log.latest(AuditQuery(principal=principal), None, 1):
            raise NotFound("nobody of this name is on record", code="PRINCIPAL_UNKNOWN")
        return found


def show(leaves: Sequence[Leaf], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json({"acts": [_as_json(one) for one in leaves]})
        return
    if leaves:
        print_table(_HEAD, (_row(one.audited.operation) for one in leaves))
    typer.echo(f"{len(leaves)} acts")


def _row(operation: OperationAudited) -> Sequence[str]:
    return (
        shown_instant(operation.at) or "",
        str(operation.times),
        operation.kind,
        operation.outcome,
        operation.code,
        "+".join(operation.roles),
        operation.purpose,
        str(len(operation.subjects)),
        _what(operation),
    )


def _what(operation: OperationAudited) -> str:
    """What it was done to, or else the beginning of what it used."""
    used = [use.coordinate for use in operation.uses if use.coordinate.startswith(_ROOTS)]
    return operation.target or operation.operation_name or ", ".join(used[:3])


_ROOTS = ("Query.", "Mutation.", "Subscription.")


def _as_json(leaf: Leaf) -> dict[str, Any]:
    operation = leaf.audited.operation
    return act_fields(leaf) | {
        "until": shown_instant(operation.until) if operation.until else None,
        "times": operation.times,
        "code": operation.code or None,
        "address": operation.address or None,
        "tokenId": operation.token_id or None,
        "target": operation.target or None,
        "details": dict(operation.details),
        "operation": {
            "kind": operation.operation_kind,
            "name": operation.operation_name,
            "hash": operation.operation_hash,
        },
        "uses": [
            {"coordinate": one.coordinate, "use": one.use, "decision": one.decision}
            for one in operation.uses
        ],
        "traceId": operation.trace_id,
    }
