"""What accounts come to: read in few steps, then worked out by `domain.roll_ups`.

The events that count are those that name the account, and those of everybody whom a link ever put
there: for which account each counts is seen of each.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.record import RecordKey, TraitValue

from c360_account.domain.counting import AccountName, CountedEvent, linked_account
from c360_account.domain.membership import Member, belonging
from c360_account.domain.model import HeldLink
from c360_account.domain.reasons import Reason, of_events, of_members
from c360_account.domain.roll_ups import RollUpRules
from c360_account.store.answers import AccountTooLarge, Answers
from c360_account.store.port import AccountReader

MOST_EVENTS = 100_000
"""Of an account of whom more are known nothing is computed of events."""


class _Linked(NamedTuple):
    """The links of customers, and the account of each account record that these name."""

    links: Mapping[str, Sequence[HeldLink]]
    accounts: Mapping[RecordKey, str]


class Standing(NamedTuple):
    """What an account comes to, and when that may be another though nothing happens (ms UTC).

    Of the roll-ups in `left_out` more belongs to the account than is looked at.
    """

    values: Mapping[str, TraitValue]
    changes_at: int | None
    left_out: tuple[str, ...] = ()

    def beside(self, other: Standing) -> Standing:
        """Both together, each of roll-ups of its own."""
        moments = [at for at in (self.changes_at, other.changes_at) if at is not None]
        values = {**self.values, **other.values}
        return Standing(values, min(moments, default=None), self.left_out + other.left_out)


NOTHING = Standing({}, None)


class RollingUp:
    """Computes for one operation."""

    def __init__(
        self, reader: AccountReader, answers: Answers, rules: RollUpRules, present: int
    ) -> None:
        self._reader = reader
        self._answers = answers
        self._rules = rules
        self._present = present
        self._model = rules.catalog.accounts
        self.read = 0
        """How many events, members and accounts were looked at so far."""

    async def why(self, account: str, name: str) -> Reason:
        """Why an account comes to what it does. Raises `AccountTooLarge`."""
        roll_up = self._rules.catalog.accounts.computed[name]
        accounts = await self._answers.subtree(account) if roll_up.subtree else [account]
        if not roll_up.is_of_members:
            return of_events(self._rules, name, await self._events(accounts), self._present)
        linked, traits = await self._belonging(accounts), await self._members(accounts)
        return of_members(self._rules, name, linked, traits, self._present)

    async def of(
        self, account: str, names: Collection[str] | None = None
    ) -> Mapping[str, TraitValue]:
        """What an account comes to, by the names of the catalog; of these, or of all.

        Raises `AccountTooLarge`.
        """
        every = self._rules.catalog.accounts.computed
        computed = {n: one for n, one in every.items() if names is None or n in names}
        found: dict[str, TraitValue] = {}
        for is_whole in sorted({one.subtree for one in computed.values()}):
            await asyncio.sleep(0)  # Of many events each takes long, and others wait.
            accounts = await self._answers.subtree(account) if is_whole else [account]
            self.read += len(accounts)
            own = [name for name, one in computed.items() if one.subtree is is_whole]
            of_members = [name for name in own if computed[name].is_of_members]
            of_events = [name for name in own if not computed[name].is_of_members]
            if of_members:
                members = await self._members(accounts)
                self.read += len(members)
                found |= self._rules.of_members(of_members, members)
            if of_events:
                events = await self._events(accounts)
                found |= self._rules.of_events(of_events, events, self._present)
        return found

    async def standing(self, account: str) -> Standing:
        """What an account comes to of what is told of it, each as far as it can be looked at."""
        live, found = self._rules.catalog.accounts.live, NOTHING
        for is_whole in sorted({one.subtree for one in live.values()}):
            own = [name for name, one in live.items() if one.subtree is is_whole]
            over_members = [name for name in own if live[name].is_of_members]
            over_events = [name for name in own if not live[name].is_of_members]
            try:
                accounts = await self._answers.subtree(account) if is_whole else [account]
            except AccountTooLarge:
                found = found.beside(_too_large(own))
                continue
            if over_members:
                found = found.beside(await self._over_members(over_members, accounts))
            if over_events:
                found = found.beside(await self._over_events(over_events, accounts))
        return found

    async def _over_members(self, names: Sequence[str], accounts: Collection[str]) -> Standing:
        linked, traits = await self._belonging(accounts), await self._members(accounts)
        reasons = [of_members(self._rules, n, linked, traits, self._present) for n in names]
        return Standing(self._rules.of_members(names, traits), _earliest(reasons))

    async def _over_events(self, names: Sequence[str], accounts: Collection[str]) -> Standing:
        try:
            events = await self._events(accounts)
        except AccountTooLarge:
            return _too_large(names)
        reasons = [of_events(self._rules, name, events, self._present) for name in names]
        values = self._rules.of_events(names, events, self._present)
        return Standing(values, _earliest(reasons))

    async def _belonging(self, accounts: Collection[str]) -> Sequence[Member]:
        held = await self._answers.members(accounts)
        return belonging((one for of in held.values() for one in of), self._model)

    async def _members(self, accounts: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        """The traits of who is a member now, each customer once."""
        members = await self._belonging(accounts)
        now = {one.customer for one in members if one.holds_at(self._present)}
        known = await self._reader.traits_of(now)
        return {id_: known.get(id_, {}) for id_ in sorted(now)}

    async def _events(self, accounts: Collection[str]) -> list[CountedEvent]:
        """The events that count for one of these accounts."""
        records = await self._answers.records(accounts)
        keys = [one.key for held in records.values() for one in held]
        links = self._acting(await self._reader.links_between(keys, ()))
        customers = await self._reader.customers_of({one.said.person for one in links})
        persons = await self._reader.persons_of(set(customers.values()))
        of_persons = [key for held in persons.values() for key in held]
        events = await self._reader.counted(of_persons, await self._names(keys), MOST_EVENTS + 1)
        self.read += len(events)
        if len(events) > MOST_EVENTS:
            raise AccountTooLarge
        return await self._counting_for(set(accounts), events, await self._linked(of_persons))

    async def _names(self, keys: Collection[RecordKey]) -> Sequence[AccountName]:
        """How events may name accounts of these records."""
        stated = {one.identifier for one in self._rules.catalog.accounts.stated.values()}
        carried = await self._reader.identifiers_of(keys)
        by_identifier = {
            AccountName(one.type, "", one.value)
            for held in carried.values()
            for one in held
            if one.type in stated
        }
        by_key = {AccountName("", *key) for key in keys} if "" in stated else set[AccountName]()
        return sorted(by_identifier | by_key)

    async def _linked(self, persons: Collection[RecordKey]) -> _Linked:
        held = self._acting(await self._reader.links_between((), persons))
        customers = await self._reader.customers_of({one.said.person for one in held})
        links: dict[str, list[HeldLink]] = defaultdict(list)
        for one in held:
            links[customers.get(one.said.person, "")].append(one)
        return _Linked(links, await self._reader.accounts_of({one.said.account for one in held}))

    def _acting(self, links: Iterable[HeldLink]) -> list[HeldLink]:
        """The links by which persons act for accounts: who looks after one acts for us."""
        return [one for one in links if not self._model.is_ours(one.said.kind)]

    async def _counting_for(
        self, accounts: Collection[str], events: Sequence[CountedEvent], linked: _Linked
    ) -> list[CountedEvent]:
        named = await self._reader.named({one.account for one in events if one.account})
        customers = await self._reader.customers_of({one.record for one in events})

        def account_of(event: CountedEvent) -> str:
            if event.account is not None:
                return named.get(event.account, "")
            links = linked.links.get(customers[event.record], ())
            return linked_account(links, linked.accounts, event.occurred_at)

        # Of the record of nobody nothing is shown, and nothing counted.
        of_somebody = [one for one in events if one.record in customers]
        return [one for one in of_somebody if account_of(one) in accounts]


def _too_large(names: Iterable[str]) -> Standing:
    return NOTHING._replace(left_out=tuple(names))


def _earliest(reasons: Iterable[Reason]) -> int | None:
    """When the first of these may be another."""
    return min((one.changes_at for one in reasons if one.changes_at is not None), default=None)
