"""An act on access as it is put on record."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import C360Error, Invalid
from c360_kernel.payload import AuditKind, OperationAudited

from c360_gateway.audit.refusals import role_set_of
from c360_gateway.context import OperationContext
from c360_gateway.query.justification import LONGEST_REASON, read_reason, read_ticket


def act_of(context: OperationContext, kind: AuditKind, **details: Any) -> OperationAudited:  # noqa: ANN401 - fields of `OperationAudited`
    """What somebody did just now; it is done unless `details` says otherwise."""
    principal = context.principal
    done = OperationAudited(
        principal.subject,
        roles=principal.roles,
        purpose=principal.purpose,
        policy_version=context.table.policy_version,
        outcome="done",
        trace_id=context.caller.trace_id,
        kind=kind,
        role_set=role_set_of(principal.roles),
        ticket=context.caller.ticket,
        break_glass=context.caller.break_glass,
        address=context.address,
        token_id=principal.token_id,
    )
    return replace(done, **details)


@asynccontextmanager
async def on_record(
    audit: AuditWriter,
    context: OperationContext,
    kind: AuditKind,
    **details: Any,  # noqa: ANN401 - fields of `OperationAudited`
) -> AsyncGenerator[None]:
    """Put on record that something begins, and how it ended."""

    async def write(outcome: str, code: str = "") -> None:
        act = act_of(context, kind, outcome=outcome, code=code, **details)
        await audit.write(act, traceparent=context.traceparent)

    await write("begun")
    try:
        yield
    except C360Error as error:
        await write("failed", error.code)
        raise
    await write("done")


def stated_reason(text: str) -> str:
    """A reason that has to be given. Raises `Invalid`."""
    reason = read_reason(text)
    if reason is None:
        message = f"a reason is plain text of 1 to {LONGEST_REASON} characters"
        raise Invalid(message, code="REASON_INVALID")
    return reason


def stated_ticket(text: str) -> str:
    """A ticket that has to be given. Raises `Invalid`."""
    ticket = read_ticket(text)
    if ticket is None:
        message = "a ticket is at most 64 letters, digits and . _ : / # -"
        raise Invalid(message, code="TICKET_INVALID")
    return ticket
