"""What does not depend on the catalog: customers, links and gaps."""

# No postponed annotations: Strawberry reads them.

from enum import Enum
from typing import Annotated, Any

import strawberry
from c360_kernel.catalog.model import AccountModel
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.errors import Invalid
from c360_kernel.nearest import did_you_mean
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.scalars import DateTime

from c360_account.domain.chain import Gap
from c360_account.domain.membership import Member
from c360_account.graph.context import GraphContext, Info

RoleArgument = Annotated[
    str | None, strawberry.argument(description="A role of the catalog; all if left out.")
]
SubtreeArgument = Annotated[
    bool, strawberry.argument(description="Whether those of accounts below it count, too.")
]
AtArgument = Annotated[
    DateTime | None, strawberry.argument(description="When that holds; now if left out.")
]


@strawberry.enum(description="Why nobody holds a role.")
class DecisionGapReason(Enum):
    """GraphQL enum."""

    VACANT = strawberry.enum_value("VACANT", description="Nobody was ever named.")
    LEFT = strawberry.enum_value("LEFT", description="Whoever held it does so no more.")


@strawberry.type(description="A record of an account, as one source has it.")
class AccountRecord:
    """GraphQL type."""

    source: str = strawberry.field(description="The source, by its name in the catalog.")
    key: str | None = record_key_field("The source's own key for the account.")


def linked(description: str) -> Any:  # noqa: ANN401 - Strawberry's field fits any type
    """A field that says as what a person belongs to an account."""
    return strawberry.federation.field(tags=[ACCOUNT_LINK], description=description)


class LinkNode:
    """A person at an account; `member` says all of it."""

    member: Member

    def __init__(self, **given: object) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    async def account(self, info: Info) -> object:
        """The account."""
        return info.context.types.account.of(self.member.account)

    @classmethod
    def of(cls, member: Member, model: AccountModel) -> Any:  # noqa: ANN401 - of the type that is made
        """The GraphQL form of who has to do with an account."""
        said = member.said
        return cls(
            member=member,
            kind=said.kind,
            ours=model.is_ours(said.kind),
            role=said.role or None,
            title=said.title or None,
            influence=said.influence or None,
            attitude=said.attitude or None,
            primary=said.primary,
            valid_from=DateTime(said.valid_from) if said.valid_from else None,
            valid_to=DateTime(said.valid_to) if said.valid_to else None,
            sources=list(member.sources),
        )


class GapNode:
    """A role that nobody holds."""

    def __init__(self, **given: object) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def of(cls, gap: Gap, link: Any, model: AccountModel) -> Any:  # noqa: ANN401 - of the types that are made
        """The GraphQL form of a gap."""
        return cls(
            role=gap.role,
            reason=DecisionGapReason(gap.reason),
            since=DateTime(gap.since) if gap.since else None,
            last=link.of(gap.last, model) if gap.last else None,
        )


def moment(at: int | None, context: GraphContext) -> int:
    """The time that a question is about, ms UTC."""
    return context.now_ms if at is None else int(at)


def known_role(role: str | None, context: GraphContext) -> str | None:
    """A role of the catalog. Raises `Invalid` (UNKNOWN_ACCOUNT_ROLE)."""
    known = context.catalog.accounts.roles
    if role is None or role in known:
        return role
    hint = did_you_mean(role, known)
    raise Invalid(f"the catalog has no such role{hint}", code="UNKNOWN_ACCOUNT_ROLE")
