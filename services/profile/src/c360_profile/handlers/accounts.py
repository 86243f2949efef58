"""Keeps what filters ask of accounts: links to them, their records, and what they are.

What is kept is a function of what was said, in whatever order. No customer is another for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from c360_kernel.accounts.links import AccountState, LinkSaid, link_said, may_hold
from c360_kernel.accounts.said import AccountSaid, account_said
from c360_kernel.accounts.seen import AccountView
from c360_kernel.log.entry import Entry
from c360_kernel.payload import AccountAssigned, AccountLinked, AccountUpserted
from c360_kernel.record import RecordKey

from c360_profile.domain.acting import UNKNOWN, values_of
from c360_profile.store.accounts import AccountUnit


@dataclass(slots=True)
class AccountsTold:
    """What a batch says of links and of records of accounts."""

    links: dict[RecordKey, list[LinkSaid]] = field(default_factory=dict[RecordKey, list[LinkSaid]])
    states: dict[RecordKey, list[AccountState]] = field(
        default_factory=dict[RecordKey, list[AccountState]]
    )
    said: dict[RecordKey, list[AccountSaid]] = field(
        default_factory=dict[RecordKey, list[AccountSaid]]
    )

    def link(self, told: Iterable[tuple[Entry, AccountLinked]]) -> None:
        """Links of persons to accounts."""
        for entry, one in told:
            self.links.setdefault(one.link, []).append(link_said(one, entry.stamp))

    def assign(self, told: Iterable[tuple[Entry, AccountAssigned]]) -> None:
        """Of which account records are."""
        for _, one in told:
            state = AccountState(one.account, one.version, one.comes_to)
            self.states.setdefault(one.record, []).append(state)

    def say(self, told: Iterable[tuple[Entry, AccountUpserted]]) -> None:
        """What sources say of the traits of records."""
        for entry, one in told:
            self.said.setdefault(one.record, []).append(account_said(one, entry.stamp))


async def keep_told(unit: AccountUnit, view: AccountView | None, told: AccountsTold) -> None:
    """Keep what a batch says of links, of records of accounts, and what accounts are then."""
    if told.links:
        held = await unit.links(told.links.keys())
        await unit.keep_links({k: may_hold(held.get(k, ()), new) for k, new in told.links.items()})
    if keys := told.states.keys() | told.said.keys():
        await _keep_records(unit, view, told, keys)


async def _keep_records(
    unit: AccountUnit, view: AccountView | None, told: AccountsTold, keys: Collection[RecordKey]
) -> None:
    held = await unit.account_records(keys)
    records = {key: held.get(key, UNKNOWN).saying(told.said.get(key, ())) for key in keys}
    for key, states in told.states.items():
        # The newest alone: between it and what is kept it was of no account that anybody saw.
        records[key] = records[key].told(max(states, key=lambda one: one.version))
    await unit.keep_account_records(records)
    touched = [one.accounts for one in (*held.values(), *records.values())]
    await fold_accounts(unit, view, frozenset[str]().union(*touched))


async def fold_accounts(
    unit: AccountUnit, view: AccountView | None, accounts: Collection[str]
) -> None:
    """Let filters see what these accounts are now, by all of their records."""
    if not accounts:
        return
    records = await unit.records_of_accounts(accounts)
    await unit.keep_accounts(
        {id_: values_of(view, records[id_]) if id_ in records else None for id_ in accounts}
    )
