"""What accounts and customers answer.

The fields of accounts depend on the catalog, so `types` makes the GraphQL types of these classes,
once per catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import strawberry
from c360_kernel.subgraph.catalog_types import attribute
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed

from c360_account.domain.chain import chain_of, gaps_of
from c360_account.domain.golden import golden_traits
from c360_account.domain.membership import Member, belonging, tending
from c360_account.graph.context import Info
from c360_account.graph.links import (
    AccountRecord,
    AtArgument,
    RoleArgument,
    SubtreeArgument,
    known_role,
    moment,
)


class AccountNode:
    """An account."""

    id: strawberry.ID

    def __init__(self, *, id: strawberry.ID) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def of(cls, account: str) -> Self:
        """The account of an id that names one now."""
        return cls(id=strawberry.ID(account))

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """The account that an id names now, or once named."""
        present = (await info.context.reader.present([id])).get(id)
        return None if present is None else cls.of(present)

    async def records(self, info: Info, first: First = None) -> list[AccountRecord]:
        """Its records, the oldest first."""
        held = listed(await info.context.records.load(self.id), first)[: LONGEST_LIST + 1]
        return [AccountRecord(source=one.key.source, key=one.key.key) for one in held]

    async def identifiers(self, info: Info) -> object:
        """All that its records carry."""
        keys = [one.key for one in await info.context.records.load(self.id)]
        found: dict[str, list[str]] = {}
        carried = await info.context.reader.identifiers_of(keys)
        for one in sorted({one for held in carried.values() for one in held}):
            found.setdefault(one.type, []).append(one.value)
        return info.context.types.identifiers(values=found)

    async def profile(self, info: Info) -> object:
        """Its traits."""
        records = await info.context.records.load(self.id)
        traits = golden_traits(records, info.context.catalog)
        shown = {attribute(name): _plain(value) for name, value in traits.items()}
        return info.context.types.profile(**shown)

    async def roll_ups(self, info: Info) -> object:
        """What it comes to."""
        info.context.refuse_small_groups()
        found = await info.context.rolling_up.of(self.id)
        shown = {attribute(name): _plain(value) for name, value in found.items()}
        return info.context.types.roll_ups(**shown)

    async def roll_up_reasons(self, info: Info) -> object:
        """Why it comes to that."""
        types: Any = info.context.types
        return types.reasons(account=self.id)

    async def parent(self, info: Info) -> Self | None:
        """What it is a part of."""
        return self._other((await info.context.answers.hierarchy(self.id)).parent)

    async def parent_left_out(self, info: Info) -> Self | None:
        """The parent that would have closed a circle."""
        return self._other((await info.context.answers.hierarchy(self.id)).left_out)

    async def children(self, info: Info, first: First = None) -> list[Self]:
        """Its parts."""
        found = listed(await info.context.answers.children(self.id), first)
        return [self.of(one) for one in found[: LONGEST_LIST + 1]]

    async def members(
        self, info: Info, role: RoleArgument = None, at: AtArgument = None, first: First = None
    ) -> list[object]:
        """Who belongs to it at a time."""
        wanted, when = known_role(role, info.context), moment(at, info.context)
        held = [one for one in await self._members(info) if one.holds_at(when)]
        chosen = [one for one in held if wanted in (None, one.said.role)]
        return self._links(info, listed(chosen, first))

    async def decision_chain(
        self, info: Info, at: AtArgument = None, first: First = None
    ) -> list[object]:
        """Who decides there."""
        model, when = info.context.catalog.accounts, moment(at, info.context)
        return self._links(info, listed(chain_of(await self._members(info), model, when), first))

    async def decision_gaps(self, info: Info, at: AtArgument = None) -> list[object]:
        """Which roles nobody holds."""
        model, when = info.context.catalog.accounts, moment(at, info.context)
        types: Any = info.context.types
        gaps = gaps_of(await self._members(info), model, when)
        return [types.gap.of(one, types.link, model) for one in gaps]

    async def member_count(
        self, info: Info, subtree: SubtreeArgument = False, at: AtArgument = None
    ) -> int:
        """How many customers belong to it, or to what is below it, too; each once."""
        info.context.refuse_small_groups()
        when = moment(at, info.context)
        accounts = await info.context.answers.subtree(self.id) if subtree else [self.id]
        linked = [one for id_ in accounts for one in await info.context.members.load(id_)]
        held = belonging(linked, info.context.catalog.accounts)
        return len({one.customer for one in held if one.holds_at(when)})

    async def owners(self, info: Info, at: AtArgument = None, first: First = None) -> list[object]:
        """Who of ours looks after it at a time."""
        info.context.refuse_small_groups()
        linked = await info.context.members.load(self.id)
        ours, when = tending(linked, info.context.catalog.accounts), moment(at, info.context)
        return self._links(info, listed([one for one in ours if one.holds_at(when)], first))

    async def _members(self, info: Info) -> Sequence[Member]:
        info.context.refuse_small_groups()
        linked = await info.context.members.load(self.id)
        return belonging(linked, info.context.catalog.accounts)

    def _other(self, account: str) -> Self | None:
        return self.of(account) if account else None

    @staticmethod
    def _links(info: Info, members: Sequence[Member]) -> list[object]:
        types: Any = info.context.types
        return [
            types.link.of(one, info.context.catalog.accounts) for one in members[: LONGEST_LIST + 1]
        ]


class CustomerNode:
    """A customer, known here by id alone."""

    id: strawberry.ID

    def __init__(self, *, id: strawberry.ID) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Any id can be asked about; one nobody holds has no accounts."""
        return cls(id=id)

    async def accounts(
        self, info: Info, role: RoleArgument = None, at: AtArgument = None, first: First = None
    ) -> list[object]:
        """What it has to do with which accounts at a time, its main account first."""
        info.context.refuse_small_groups()
        wanted, when = known_role(role, info.context), moment(at, info.context)
        held = [one for one in await info.context.of_customers.load(self.id) if one.holds_at(when)]
        chosen = [one for one in held if wanted in (None, one.said.role)]
        chosen.sort(key=lambda one: not one.primary)
        types: Any = info.context.types
        model, shown = info.context.catalog.accounts, listed(chosen, first)[: LONGEST_LIST + 1]
        return [types.link.of(one, model) for one in shown]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
