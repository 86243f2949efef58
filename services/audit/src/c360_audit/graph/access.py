"""Who saw a customer's values, each look with what it was shown, why, and the proof of it.

The gateway says whose, by audit names that it alone can make, in a key that it hands on
(`AuditAccessConnection.asked`), and tells the text of each rule.
"""

from __future__ import annotations

import json
from typing import Self, cast

import strawberry
from c360_kernel.subgraph.paging import Page, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.access import About, Sight, sights
from c360_audit.domain.operation import Leaf
from c360_audit.graph.arguments import TAG
from c360_audit.graph.context import GraphContext, Info
from c360_audit.graph.proofs import AuditProof, proof_of

_LIST = "accesses"


@strawberry.federation.type(
    tags=[TAG], keys=["policyVersion id"], description="A rule, as it was in a version of policy."
)
class AuditedRule:
    """GraphQL type."""

    policy_version: str = strawberry.field(description="The version of the policy.")
    id: str = strawberry.field(description="The rule's id.")


@strawberry.federation.type(
    tags=[TAG], description="A coordinate that was asked for, and what came of it."
)
class AuditSight:
    """GraphQL type."""

    coordinate: str | None = strawberry.field(description="`Type.field`, or an argument of one.")
    use: str | None = strawberry.field(
        description="`select`, `filter`, `sort`, `lookup`, `requires` or `write`."
    )
    shown: str | None = strawberry.field(
        description="`clear`, `masked` or `refused`; `used` where it was only compared with, "
        "`written` where it was given."
    )
    mask: str | None = strawberry.field(description="The mask, where it was masked.")
    tags: list[str] | None = strawberry.field(description="The classifications of the coordinate.")
    rules: list[AuditedRule] | None = strawberry.field(description="The rules that decided.")
    values: int | None = strawberry.field(
        description="How many values of it there were, of all customers; null: not counted."
    )

    @classmethod
    def of(cls, sight: Sight, version: str) -> Self:
        """The GraphQL form, under a version of policy."""
        return cls(
            coordinate=sight.coordinate,
            use=sight.use,
            shown=sight.shown,
            mask=sight.mask or None,
            tags=list(sight.tags),
            rules=[AuditedRule(policy_version=version, id=one) for one in sight.rules],
            values=sight.count,
        )


@strawberry.federation.type(
    tags=[TAG], description="One look at a customer: who, when, what for, and what was shown."
)
class AuditAccess:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names its entry in the log.")
    at: DateTime | None = strawberry.field(description="When.")
    principal: str | None = strawberry.field(description="Who.")
    roles: list[str] | None = strawberry.field(description="With which roles.")
    purpose: str | None = strawberry.field(description="For what, as the token says.")
    reason: str | None = strawberry.field(description="Why, as the caller says.")
    ticket: str | None = strawberry.field(description="The ticket that the caller names.")
    break_glass: str | None = strawberry.field(
        description="The grant by which a role was broken into for it, or nothing."
    )
    outcome: str | None = strawberry.field(
        description="Whether the request was `answered`, `partial` (some of it) or `refused`."
    )
    policy_version: str | None = strawberry.field(description="The policy that decided.")
    customers: int | None = strawberry.field(description="How many customers it touched.")
    sights: list[AuditSight] | None = strawberry.field(
        description="What it used of all that was asked about."
    )

    @strawberry.federation.field(
        tags=[TAG],
        description="That it stands in the log as it is told here, under a signed checkpoint; "
        "null while there is no checkpoint yet.",
    )
    async def proof(self, info: Info) -> AuditProof | None:  # noqa: D102
        return await proof_of(self.id, info.context.proofs)

    @classmethod
    def of(cls, leaf: Leaf, about: About) -> Self:
        """The GraphQL form of a leaf."""
        operation = leaf.audited.operation
        return cls(
            id=strawberry.ID(leaf.audited.entry_id),
            at=DateTime(operation.at),
            principal=operation.principal,
            roles=list(operation.roles),
            purpose=operation.purpose,
            reason=operation.reason,
            ticket=operation.ticket,
            break_glass=operation.break_glass or None,
            outcome=operation.outcome,
            policy_version=operation.policy_version,
            customers=len(operation.subjects),
            sights=[
                AuditSight.of(one, operation.policy_version) for one in sights(operation, about)
            ],
        )


@strawberry.federation.type(tags=[TAG], description="A look at its place in the list.")
class AuditAccessEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: AuditAccess = strawberry.field(description="The look.")


@strawberry.federation.type(
    tags=[TAG], keys=["asked"], description="A page of looks at a customer, newest first."
)
class AuditAccessConnection:
    """GraphQL type."""

    asked: str = strawberry.federation.field(
        inaccessible=True, description="What was asked, as JSON: for the subgraphs alone."
    )
    edges: list[AuditAccessEdge] = strawberry.field(description="The looks.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")

    @classmethod
    async def resolve_reference(cls, info: Info, asked: str) -> Self:
        """Read the page that the gateway asks for."""
        question = cast("dict[str, object]", json.loads(asked))
        first, after = cast("int | None", question["first"]), cast("str | None", question["after"])
        request = PageRequest.of(first, after, None, None)
        about = About.of(cast("str | None", question["coordinate"]))
        subjects = frozenset(cast("list[str]", question["subjects"]))
        since, until = (cast("int | None", question[name]) for name in ("from", "to"))
        context = info.context
        before = context.sealer.read(_LIST, request.after, int)
        query = about.query(subjects, since, until)
        # Nobody has no name, and a query for no name would find everybody.
        found = await context.store.latest(query, before, request.probe) if subjects else []
        return cls._of(request.cut(found), about, asked, context)

    @classmethod
    def _of(cls, page: Page[Leaf], about: About, asked: str, context: GraphContext) -> Self:
        edges = [
            AuditAccessEdge(
                cursor=context.sealer.seal(_LIST, [leaf.number]), node=AuditAccess.of(leaf, about)
            )
            for leaf in page.edges
        ]
        info = PageInfo.of(page, [edge.cursor for edge in edges])
        return cls(asked=asked, edges=edges, page_info=info)
