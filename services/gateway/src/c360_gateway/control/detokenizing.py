"""Tokens of masks turned into their values again, for who may read the values themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid
from c360_kernel.payload import OperationAudited
from c360_policy.mask.tokens import MaskTokens, Sealed
from c360_policy.table import PolicyTable

from c360_gateway.context import OperationContext
from c360_gateway.control.acting import act_of, stated_reason

MOST_TOKENS = 100
TOKEN_UNKNOWN, TOKEN_DENIED = "MASK_TOKEN_UNKNOWN", "MASK_TOKEN_DENIED"
_NAME_DIGITS = 32


class Detokenized(NamedTuple):
    """A token, and its value or the code of why not."""

    token: str
    value: str | None
    code: str | None


class Detokenizer:
    """Each token is on record, turned back or not, before any value leaves."""

    def __init__(self, tokens: MaskTokens, audit: AuditWriter) -> None:
        self._tokens = tokens
        self._audit = audit

    async def detokenize(
        self, context: OperationContext, tokens: Sequence[str], reason: str
    ) -> list[Detokenized]:
        """The values, in the order of their tokens. Raises `Invalid`."""
        if len(tokens) > MOST_TOKENS:
            message = f"a call turns at most {MOST_TOKENS} tokens back"
            raise Invalid(message, code="TOO_MANY_ITEMS")
        why = stated_reason(reason)
        opened = [self._tokens.open(token) for token in tokens]
        found = [
            _judged(token, sealed, context.table)
            for token, sealed in zip(tokens, opened, strict=True)
        ]
        acts = [_act(context, one, sealed, why) for one, sealed in zip(found, opened, strict=True)]
        if acts:
            await self._audit.write(*acts, traceparent=context.traceparent)
        return found


def _judged(token: str, sealed: Sealed | None, table: PolicyTable) -> Detokenized:
    if sealed is None:
        return Detokenized(token, None, TOKEN_UNKNOWN)
    if not may_read(sealed, table):
        return Detokenized(token, None, TOKEN_DENIED)
    return Detokenized(token, sealed.value, None)


def may_read(sealed: Sealed, table: PolicyTable) -> bool:
    """Whether all that shows such values is read without a mask."""
    if sealed.scope in table.tags:
        return table.read(sealed.scope).action == "allow"
    same = [name for name, tags in table.tags.items() if tags == sealed.tags]
    return bool(same) and all(table.read(name).action == "allow" for name in same)


def _act(
    context: OperationContext, one: Detokenized, sealed: Sealed | None, reason: str
) -> OperationAudited:
    # A token that is none may be anything, a value among it.
    name = hashlib.sha256(one.token.encode()).hexdigest()[:_NAME_DIGITS] if sealed else ""
    return act_of(
        context,
        "detokenize",
        target=name,
        reason=reason,
        outcome="done" if one.code is None else "refused",
        code=one.code or "",
        details={} if sealed is None else {"scope": sealed.scope},
    )
