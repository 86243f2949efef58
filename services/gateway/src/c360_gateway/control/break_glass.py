"""Opening a role for a while, with a reason and a ticket, and looking at it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid
from c360_kernel.payload import OperationAudited
from c360_kernel.person import person_of

from c360_gateway.auth.break_glass import Glass, GlassSeal
from c360_gateway.context import OperationContext
from c360_gateway.control.acting import act_of, stated_reason, stated_ticket


class Opened(NamedTuple):
    """A role that is open now, and the grant to send along."""

    glass: Glass
    grant: str


class BreakGlass:
    """Opens roles for `longest_minutes` at most; on record before anybody can use them."""

    def __init__(
        self,
        seal: GlassSeal,
        audit: AuditWriter,
        longest_minutes: int,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._seal = seal
        self._audit = audit
        self._longest = longest_minutes
        self._now_s = now_s

    async def open(
        self, context: OperationContext, role: str, reason: str, ticket: str, minutes: int
    ) -> Opened:
        """Open a role. Raises `Invalid`, with the code of why not."""
        if context.table.opening(role).action != "allow":
            raise Invalid("your roles may not open this role", code="BREAK_GLASS_DENIED")
        if not 1 <= minutes <= self._longest:
            message = f"a role is opened for 1 to {self._longest} minutes"
            raise Invalid(message, code="BREAK_GLASS_TOO_LONG")
        principal = context.principal
        name = self._seal.named(principal.subject, principal.issuer, role)
        until = int(self._now_s()) + 60 * minutes
        glass = Glass(name, role, until, stated_reason(reason), stated_ticket(ticket))
        await self._audit.write(_opened(context, glass), traceparent=context.traceparent)
        return Opened(glass, self._seal.grant(glass))

    async def review(
        self, context: OperationContext, name: str, note: str, is_justified: bool
    ) -> None:
        """Put on record that somebody else looked at an opening. Raises `Invalid`."""
        opening = self._seal.opening(name)
        if person_of(opening.subject) == person_of(context.principal.subject):
            message = "an opening is reviewed by somebody else"
            raise Invalid(message, code="BREAK_GLASS_OWN_REVIEW")
        details = {
            "role": opening.role,
            "opened_by": opening.subject,
            "verdict": "justified" if is_justified else "objected",
        }
        act = act_of(
            context,
            "break_glass_reviewed",
            target=name,
            reason=stated_reason(note),
            break_glass=name,
            details=details,
        )
        await self._audit.write(act, traceparent=context.traceparent)


def _opened(context: OperationContext, glass: Glass) -> OperationAudited:
    until = datetime.fromtimestamp(glass.until, UTC).isoformat().replace("+00:00", "Z")
    return act_of(
        context,
        "break_glass_opened",
        target=glass.role,
        reason=glass.reason,
        ticket=glass.ticket,
        break_glass=glass.name,
        details={"until": until},
    )
