"""Taking tokens back: a line of the file that every gateway of the instance looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid, NotFound, Transient
from c360_policy.reading.names import nearest_name

from c360_gateway.auth.revocation import Revocation, append_revocation
from c360_gateway.context import OperationContext
from c360_gateway.control.acting import act_of, stated_reason


class TokenRevoker:
    """Adds to the revocations, and puts on record who did."""

    def __init__(self, file: Path, audit: AuditWriter) -> None:
        self._file = file
        self._audit = audit

    async def revoke(self, context: OperationContext, revocation: Revocation, reason: str) -> None:
        """Take back what fits.

        Raises `Invalid`, `NotFound` (ROLE_UNKNOWN) for a role that the policy does not know, and
        `Transient` where the file cannot be written.

        On record first: what is taken back without a word could not be asked for.
        """
        named = {
            "jti": revocation.token_id,
            "subject": revocation.subject,
            "role": revocation.role,
        }
        given = {name: value for name, value in named.items() if value}
        if not given:
            raise Invalid("name a token, a subject or a role", code="REVOCATION_EMPTY")
        _refuse_mistyped(revocation.role, context.graph_tables.policy.roles)
        act = act_of(
            context,
            "token_revoked",
            target=revocation.subject or revocation.role or "",
            token_id=revocation.token_id or "",
            reason=stated_reason(reason),
            details=given,
        )
        await self._audit.write(act, traceparent=context.traceparent)
        try:
            await asyncio.to_thread(append_revocation, self._file, revocation)
        except OSError as error:
            message = "the file of revocations cannot be written here"
            raise Transient(message, code="REVOCATION_UNAVAILABLE") from error


def _refuse_mistyped(role: str | None, known: Collection[str]) -> None:
    """A role that nobody has is no revocation, and would look like one."""
    if role and role not in known:
        message = f"the policy knows no such role{nearest_name(role, known)}"
        raise NotFound(message, code="ROLE_UNKNOWN")
