"""GraphQL types of the audit subgraph, each under a tag of its own: no wildcard grants them."""

from __future__ import annotations

from typing import Self

import strawberry
from c360_kernel.payload import CoordinateUse
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.marks import parts
from c360_audit.domain.operation import Audited
from c360_audit.graph.arguments import TAG


@strawberry.federation.type(
    tags=[TAG], description="A coordinate that an operation used, and what policy said to it."
)
class AuditedUse:
    """GraphQL type."""

    coordinate: str | None = strawberry.field(description="`Type.field`, or an argument of one.")
    use: str | None = strawberry.field(
        description="What it was used for: `select`, `filter`, `sort`, `lookup`, `requires` or "
        "`write`."
    )
    decision: str | None = strawberry.field(description="`allow`, `deny`, or `mask:` and the mask.")
    rules: list[str] | None = strawberry.field(description="The ids of the rules that decided.")
    tags: list[str] | None = strawberry.field(description="The classifications of the coordinate.")
    count: int | None = strawberry.field(
        description="Of how many objects it was answered; nothing where that was not counted."
    )

    @classmethod
    def of(cls, use: CoordinateUse) -> Self:
        """The GraphQL form of a use."""
        return cls(
            coordinate=use.coordinate,
            use=use.use,
            decision=use.decision,
            rules=parts(use.rule),
            tags=parts(use.tag),
            count=use.objects,
        )


@strawberry.federation.type(tags=[TAG], description="One more thing that an act tells.")
class AuditedDetail:
    """GraphQL type."""

    name: str | None = strawberry.field(description="What it tells of.")
    value: str | None = strawberry.field(description="What it says.")


@strawberry.federation.type(
    tags=[TAG],
    description="An act on record: an operation that was carried out, a part or event of one, or "
    "what else was done or refused. Holds no value.",
)
class AuditedOperation:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names its entry in the log.")
    at: DateTime | None = strawberry.field(description="When it was put on record.")
    principal: str | None = strawberry.field(description="Who asked.")
    roles: list[str] | None = strawberry.field(description="The roles that were asked with.")
    purpose: str | None = strawberry.field(description="What the token says the data is used for.")
    policy_version: str | None = strawberry.field(description="The policy that decided.")
    act: str | None = strawberry.field(
        description="What it is about: `operation`, `refusal`, `login_failed`, `token_minted`, …"
    )
    code: str | None = strawberry.field(description="The code of why it was refused or failed.")
    reason: str | None = strawberry.field(description="Why, as the caller says.")
    ticket: str | None = strawberry.field(description="The ticket that the caller named.")
    break_glass: str | None = strawberry.field(
        description="The opening of a role that it was done under."
    )
    address: str | None = strawberry.field(description="The network address that it came from.")
    token_id: str | None = strawberry.field(description="The id of the token.")
    target: str | None = strawberry.field(description="What it was done to.")
    times: int | None = strawberry.field(description="How many equal acts this one stands for.")
    until: DateTime | None = strawberry.field(
        description="When the last of them was, where they are several."
    )
    details: list[AuditedDetail] | None = strawberry.field(description="What else it tells.")
    kind: str | None = strawberry.field(description="`query`, `mutation` or `subscription`.")
    name: str | None = strawberry.field(
        description="Its name; keyed, `hmac:` and 32 digits, unless its text is registered."
    )
    document: str | None = strawberry.field(
        description="SHA-256 of its text; keyed unless the text is registered."
    )
    outcome: str | None = strawberry.field(description="How it ended: `answered`, `partial`, …")
    trace_id: str | None = strawberry.field(description="The trace that it belongs to, or nothing.")
    subjects: list[str] | None = strawberry.field(
        description="The customers that it touched, by keyed hashes."
    )
    uses: list[AuditedUse] | None = strawberry.field(
        description="Each coordinate that it used, once per kind of use."
    )

    @classmethod
    def of(cls, audited: Audited) -> Self:
        """The GraphQL form of an operation."""
        operation = audited.operation
        return cls(
            id=strawberry.ID(audited.entry_id),
            at=DateTime(operation.at),
            principal=operation.principal,
            roles=list(operation.roles),
            purpose=operation.purpose,
            policy_version=operation.policy_version,
            act=operation.kind,
            code=operation.code,
            reason=operation.reason,
            ticket=operation.ticket,
            break_glass=operation.break_glass,
            address=operation.address,
            token_id=operation.token_id,
            target=operation.target,
            times=operation.times,
            until=DateTime(operation.until) if operation.until else None,
            details=[
                AuditedDetail(name=name, value=text) for name, text in operation.details.items()
            ],
            kind=operation.operation_kind,
            name=operation.operation_name,
            document=operation.operation_hash,
            outcome=operation.outcome,
            trace_id=operation.trace_id,
            subjects=list(operation.subjects),
            uses=[AuditedUse.of(use) for use in operation.uses],
        )
