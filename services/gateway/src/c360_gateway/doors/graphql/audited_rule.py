"""Rules of versions of policy that were in force, with their text."""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from typing import Self

import strawberry

from c360_gateway.access.answering import Answering

TAG = "audit"


def audited_rule(answering: Answering) -> type:
    """The type `AuditedRule`, whose text the gateway knows."""

    @strawberry.federation.type(
        tags=[TAG],
        keys=["policyVersion id"],
        description="A rule, as it was in a version of policy.",
    )
    class AuditedRule:
        policy_version: str = strawberry.field(description="The version of the policy.")
        id: str = strawberry.field(description="The rule's id.")

        @strawberry.federation.field(
            tags=[TAG],
            description="The rule as it is written; null where the text of that version, or the "
            "rule in it, is not known any more.",
        )
        async def text(self) -> str | None:
            return await answering.versions.rule(self.policy_version, self.id)

        @classmethod
        def resolve_reference(cls, policyVersion: str, id: str) -> Self:  # noqa: N803 - as in keys
            return cls(policy_version=policyVersion, id=id)

    return AuditedRule
