"""Tokens of masks turned into their values again, for who may read the values themselves.

A value is told where its reader may be told of somebody who has it, and, where policy asks for a
consent, of somebody who gave it. Else its token looks like none at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid
from c360_kernel.payload import OperationAudited
from c360_policy.mask.tokens import MaskTokens, Sealed
from c360_policy.table import PolicyTable

from c360_gateway.context import OperationContext
from c360_gateway.control.acting import act_of, stated_reason
from c360_gateway.control.token_holders import TokenHolders
from c360_gateway.transport.consent_states import ConsentStates, Owner

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

    def __init__(
        self, tokens: MaskTokens, audit: AuditWriter, holders: TokenHolders, consents: ConsentStates
    ) -> None:
        self._tokens = tokens
        self._audit = audit
        self._holders = holders
        self._consents = consents

    async def detokenize(
        self, context: OperationContext, tokens: Sequence[str], reason: str
    ) -> list[Detokenized]:
        """The values, in the order of their tokens. Raises `Invalid`."""
        if len(tokens) > MOST_TOKENS:
            message = f"a call turns at most {MOST_TOKENS} tokens back"
            raise Invalid(message, code="TOO_MANY_ITEMS")
        why = stated_reason(reason)
        opened = [self._tokens.open(token) for token in tokens]
        hidden = await self._hidden({one for one in opened if one is not None}, context)
        shown = [None if one in hidden else one for one in opened]
        found = [
            _judged(token, sealed, context.table)
            for token, sealed in zip(tokens, shown, strict=True)
        ]
        acts = [_act(context, one, sealed, why) for one, sealed in zip(found, opened, strict=True)]
        if acts:
            await self._audit.write(*acts, traceparent=context.traceparent)
        return found

    async def _hidden(
        self, values: Collection[Sealed], context: OperationContext
    ) -> frozenset[Sealed]:
        """The values of nobody whom the caller may be told of, or who consents to it."""
        consented = {one for one in values if _needs_consent(one, context)}
        bound = set(values) if context.present_caller().predicate else consented
        if not bound:
            return frozenset()
        held = await self._holders.of(bound, context)
        owners = {Owner(id_) for one in consented for id_ in held.get(one, ())}
        granted = await self._consents.granted(owners, context) if owners else frozenset[Owner]()
        shown = {
            one: {id_ for id_ in held.get(one, ()) if one not in consented or Owner(id_) in granted}
            for one in bound
        }
        context.subjects.update(*shown.values())
        return frozenset(one for one, ids in shown.items() if not ids)


def _needs_consent(sealed: Sealed, context: OperationContext) -> bool:
    return any(name in context.consented for name in shown_by(sealed, context.table))


def shown_by(sealed: Sealed, table: PolicyTable) -> list[str]:
    """The coordinates that show such values."""
    if sealed.scope in table.tags:
        return [sealed.scope]
    return [name for name, tags in table.tags.items() if tags == sealed.tags]


def _judged(token: str, sealed: Sealed | None, table: PolicyTable) -> Detokenized:
    if sealed is None:
        return Detokenized(token, None, TOKEN_UNKNOWN)
    if not may_read(sealed, table):
        return Detokenized(token, None, TOKEN_DENIED)
    return Detokenized(token, sealed.value, None)


def may_read(sealed: Sealed, table: PolicyTable) -> bool:
    """Whether all that shows such values is read without a mask."""
    same = shown_by(sealed, table)
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
