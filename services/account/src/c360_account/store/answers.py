"""What the graph answers, read in few steps for many accounts or customers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey

from c360_account.domain.forest import Hierarchy, ParentEdge, hierarchy_of
from c360_account.domain.membership import Member, members_of
from c360_account.domain.model import AccountRecord, HeldLink
from c360_account.store.port import AccountReader

MOST_ACCOUNTS = 2_000
"""Of a larger tree nothing is told."""


class AccountTooLarge(Invalid):
    """What an account comes to is not told where not all of it can be looked at."""

    code = "ACCOUNT_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__("too much belongs to this account to be computed when it is asked for")


class Answers:
    """Reads for one operation; the parent that is said of an account is read once."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader
        self._parents: dict[str, ParentEdge | None] = {}

    async def records(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        """The live records of accounts, the oldest first."""
        return await self._reader.records_of(accounts)

    async def members(self, accounts: Collection[str]) -> Mapping[str, Sequence[Member]]:
        """Who has to do with each account, in whatever kind and at whatever time."""
        records = await self._reader.records_of(accounts)
        keys = [one.key for held in records.values() for one in held]
        members = await self._members(await self._reader.links_between(keys, ()))
        return _grouped(accounts, members, lambda one: one.account)

    async def of_customers(self, customers: Collection[str]) -> Mapping[str, Sequence[Member]]:
        """What each customer has to do with which account."""
        persons = await self._reader.persons_of(customers)
        keys = [key for held in persons.values() for key in held]
        members = await self._members(await self._reader.links_between((), keys))
        return _grouped(customers, members, lambda one: one.customer)

    async def hierarchy(self, account: str) -> Hierarchy:
        """Where an account stands."""
        return await hierarchy_of(account, self._stated)

    async def children(self, account: str) -> Sequence[str]:
        """The accounts right below one, in the order of their ids."""
        records = (await self._reader.records_of([account])).get(account, ())
        below = await self._reader.below([one.key for one in records])
        named = set((await self._reader.accounts_of(below)).values()) - {account}
        parents = {id_: (await self.hierarchy(id_)).parent for id_ in sorted(named)}
        return [id_ for id_, parent in parents.items() if parent == account]

    async def subtree(self, account: str) -> Sequence[str]:
        """An account and all below it. Raises `Invalid` (ACCOUNT_TOO_LARGE) of too many."""
        found, edge = [account], [account]
        while edge:
            edge = [one for id_ in edge for one in await self._more_below(id_, found)]
        return found

    async def _more_below(self, account: str, found: list[str]) -> Sequence[str]:
        # A tree is read in thousands of steps, and others wait, as a deadline does.
        await asyncio.sleep(0)
        more = [one for one in await self.children(account) if one not in found]
        found += more
        if len(found) > MOST_ACCOUNTS:
            raise AccountTooLarge
        return more

    async def _stated(self, account: str) -> ParentEdge | None:
        if account not in self._parents:
            self._parents[account] = await self._said_last(account)
        return self._parents[account]

    async def _said_last(self, account: str) -> ParentEdge | None:
        records = (await self._reader.records_of([account])).get(account, ())
        said = [(one.said.stamp, one.said.payload.parent) for one in records]
        named = [(stamp, key) for stamp, key in said if key is not None]
        accounts = await self._reader.accounts_of([key for _, key in named])
        edges = [ParentEdge(stamp, accounts[key]) for stamp, key in named if key in accounts]
        return max((one for one in edges if one.parent != account), default=None)

    async def _members(self, links: Sequence[HeldLink]) -> Sequence[Member]:
        accounts = await self._reader.accounts_of({one.said.account for one in links})
        persons = {one.said.person for one in links}
        bosses: set[RecordKey] = {one.said.reports_to for one in links if one.said.reports_to}
        return members_of(links, accounts, await self._reader.customers_of(persons | bosses))


def _grouped(
    ids: Collection[str], members: Sequence[Member], of: Callable[[Member], str]
) -> Mapping[str, Sequence[Member]]:
    found: dict[str, list[Member]] = {id_: [] for id_ in ids}
    for one in members:
        if of(one) in found:
            found[of(one)].append(one)
    return found
