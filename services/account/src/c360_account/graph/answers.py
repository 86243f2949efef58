"""What the graph answers, read in few steps for many accounts or customers at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_kernel.record import RecordKey

from c360_account.domain.forest import Hierarchy, ParentEdge, hierarchy_of
from c360_account.domain.membership import Member, members_of
from c360_account.domain.model import AccountRecord, HeldLink
from c360_account.store.port import AccountReader

MOST_ACCOUNTS = 2_000
"""Of a larger tree no more accounts are looked at."""


class Answers:
    """Reads for one operation."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader

    async def records(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        """The live records of accounts, the oldest first."""
        return await self._reader.records_of(accounts)

    async def members(self, accounts: Collection[str]) -> Mapping[str, Sequence[Member]]:
        """Who has to do with each account, in whatever kind and at whatever time."""
        records = await self._reader.records_of(accounts)
        keys = [one.key for held in records.values() for one in held]
        members = await self._members(await self._reader.links_between(keys, ()))
        return {id_: [one for one in members if one.account == id_] for id_ in accounts}

    async def of_customers(self, customers: Collection[str]) -> Mapping[str, Sequence[Member]]:
        """What each customer has to do with which account."""
        persons = await self._reader.persons_of(customers)
        keys = [key for held in persons.values() for key in held]
        members = await self._members(await self._reader.links_between((), keys))
        return {id_: [one for one in members if one.customer == id_] for id_ in customers}

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
        """An account and all below it."""
        found, edge = [account], [account]
        while edge and len(found) < MOST_ACCOUNTS:
            below = [one for id_ in edge for one in await self.children(id_)]
            edge = [one for one in below if one not in found]
            found += edge
        return found[:MOST_ACCOUNTS]

    async def _stated(self, account: str) -> ParentEdge | None:
        records = (await self._reader.records_of([account])).get(account, ())
        named = {
            one.said.payload.parent: one.said.stamp for one in records if one.said.payload.parent
        }
        accounts = await self._reader.accounts_of([key for key in named if key])
        edges = [ParentEdge(named[key], above) for key, above in accounts.items()]
        return max((one for one in edges if one.parent != account), default=None)

    async def _members(self, links: Sequence[HeldLink]) -> Sequence[Member]:
        accounts = await self._reader.accounts_of({one.said.account for one in links})
        persons = {one.said.person for one in links}
        bosses: set[RecordKey] = {one.said.reports_to for one in links if one.said.reports_to}
        return members_of(links, accounts, await self._reader.customers_of(persons | bosses))
