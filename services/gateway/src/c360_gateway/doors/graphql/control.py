"""Mutations on access itself: each carries a tag of its own, so that no wildcard grants it."""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from c360_kernel.subgraph.scalars import DateTime
from c360_policy.control_tags import (
    BREAK_GLASS,
    BREAK_GLASS_REVIEW,
    DETOKENIZE,
    TOKEN_REVOCATION,
)

from c360_gateway.auth.revocation import Revocation
from c360_gateway.control.break_glass import BreakGlass
from c360_gateway.control.detokenizing import MOST_TOKENS, Detokenizer
from c360_gateway.control.revoking import TokenRevoker

_MINUTES = 15
Info = strawberry.Info[Any, Any]
ReasonArgument = Annotated[
    str,
    strawberry.argument(
        description="Why, in plain words; personal data in it is taken out, the rest is on record."
    ),
]
TicketArgument = Annotated[str, strawberry.argument(description="The ticket that it is done for.")]
RoleArgument = Annotated[
    str, strawberry.argument(description="The role, which a rule lets yours open.")
]
MinutesArgument = Annotated[
    int, strawberry.argument(description="For how long; C360_BREAK_GLASS_MINUTES at most.")
]
OpeningArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The `id` of the opening.")
]
JustifiedArgument = Annotated[
    bool, strawberry.argument(description="Whether it was right to open the role.")
]
TokensArgument = Annotated[
    list[str], strawberry.argument(description=f"At most {MOST_TOKENS} tokens of masks.")
]
TokenIdArgument = Annotated[
    str | None, strawberry.argument(description="The token of this id (`jti`).")
]
SubjectArgument = Annotated[
    str | None, strawberry.argument(description="Tokens that speak for this one.")
]
RevokedRoleArgument = Annotated[
    str | None, strawberry.argument(description="Tokens with this role.")
]
IssuedBeforeArgument = Annotated[
    DateTime | None,
    strawberry.argument(description="Only those of this second or before."),
]


@dataclass(frozen=True, slots=True)
class Control:
    """What the mutations on access do."""

    glass: BreakGlass
    revoker: TokenRevoker
    detokenizer: Detokenizer


@strawberry.federation.type(tags=[BREAK_GLASS], description="A role that you opened.")
class OpenedRole:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names the opening, in the audit too.")
    role: str = strawberry.field(description="The role that is open.")
    grant: str = strawberry.field(
        description="Send it as the header `c360-break-glass` with each request that needs the"
        " role: for you alone it opens it."
    )
    until: DateTime = strawberry.field(description="When it is over.")


@strawberry.federation.type(
    tags=[BREAK_GLASS_REVIEW], description="A review of an opening, as it is on record."
)
class GlassReview:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="The opening.")
    justified: bool = strawberry.field(description="Whether it was right to open the role.")


@strawberry.federation.type(
    tags=[TOKEN_REVOCATION], description="What is taken back, as it is on record."
)
class TokenRevocation:
    """GraphQL type."""

    token_id: str | None = strawberry.field(description="The token of this id.")
    subject: str | None = strawberry.field(description="Tokens that speak for this one.")
    role: str | None = strawberry.field(description="Tokens with this role.")
    issued_before: DateTime | None = strawberry.field(
        description="Only those of this second or before."
    )


@strawberry.federation.type(tags=[DETOKENIZE], description="A token of a mask, turned back or not.")
class DetokenizedValue:
    """GraphQL type."""

    token: str = strawberry.field(description="The token.")
    value: str | None = strawberry.field(
        description="The value, a phone number or an e-mail address in its normal form."
    )
    code: str | None = strawberry.field(
        description="MASK_TOKEN_UNKNOWN for what is no token of this instance, MASK_TOKEN_DENIED"
        " where you may not read such values without a mask."
    )


def control_fields(control: Control) -> dict[str, Any]:
    """The fields of the mutation type that are about access."""
    return {
        "break_glass": _breaking(control.glass),
        "review_break_glass": _reviewing(control.glass),
        "revoke_token": _revoking(control.revoker),
        "detokenize": _detokenizing(control.detokenizer),
    }


def _breaking(glass: BreakGlass) -> Any:  # noqa: ANN401 - Strawberry's field
    async def break_glass(
        info: Info,
        role: RoleArgument,
        reason: ReasonArgument,
        ticket: TicketArgument,
        minutes: MinutesArgument = _MINUTES,
    ) -> OpenedRole | None:
        found, grant = await glass.open(info.context.operation, role, reason, ticket, minutes)
        until = DateTime(found.until * 1_000)
        return OpenedRole(id=strawberry.ID(found.name), role=role, grant=grant, until=until)

    described = (
        "Open a role for a while that holds for nobody otherwise. All that is done with it is"
        " flagged, and somebody else has to review it."
    )
    return strawberry.federation.mutation(
        resolver=break_glass, description=described, tags=[BREAK_GLASS]
    )


def _reviewing(glass: BreakGlass) -> Any:  # noqa: ANN401 - Strawberry's field
    async def review_break_glass(
        info: Info, id: OpeningArgument, note: ReasonArgument, justified: JustifiedArgument = True
    ) -> GlassReview | None:
        await glass.review(info.context.operation, id, note, justified)
        return GlassReview(id=id, justified=justified)

    described = "Say that you looked at what somebody else did with a role that was opened."
    return strawberry.federation.mutation(
        resolver=review_break_glass, description=described, tags=[BREAK_GLASS_REVIEW]
    )


def _revoking(revoker: TokenRevoker) -> Any:  # noqa: ANN401 - Strawberry's field
    async def revoke_token(
        info: Info,
        reason: ReasonArgument,
        token_id: TokenIdArgument = None,
        subject: SubjectArgument = None,
        role: RevokedRoleArgument = None,
        issued_before: IssuedBeforeArgument = None,
    ) -> TokenRevocation | None:
        before = None if issued_before is None else issued_before // 1_000
        revocation = Revocation(token_id or None, subject or None, role or None, before)
        await revoker.revoke(info.context.operation, revocation, reason)
        return TokenRevocation(
            token_id=token_id, subject=subject, role=role, issued_before=issued_before
        )

    described = "Take back the tokens that fit all that is given; it holds within three seconds."
    return strawberry.federation.mutation(
        resolver=revoke_token, description=described, tags=[TOKEN_REVOCATION]
    )


def _detokenizing(detokenizer: Detokenizer) -> Any:  # noqa: ANN401 - Strawberry's field
    async def detokenize(
        info: Info, tokens: TokensArgument, reason: ReasonArgument
    ) -> list[DetokenizedValue] | None:
        found = await detokenizer.detokenize(info.context.operation, tokens, reason)
        return [DetokenizedValue(token=one.token, value=one.value, code=one.code) for one in found]

    described = (
        "Turn tokens of masks into their values again, for who may read the values themselves. Each"
        " one is on record."
    )
    return strawberry.federation.mutation(
        resolver=detokenize, description=described, tags=[DETOKENIZE]
    )
