"""Works out again what accounts come to, and tells what is other.

Whose account something counts for depends on links, owners, names and the tree: an account is
looked at where any of these may have made it another, if only perhaps.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from c360_kernel.fitted_traits import fitted
from c360_kernel.metrics import ROLL_UPS_LEFT_OUT
from c360_kernel.payload import AccountAssigned
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.version import Version

from c360_account.domain.counting import AccountName
from c360_account.domain.model import AccountRecord
from c360_account.domain.roll_ups import RollUpRules
from c360_account.emission import assignment_entry
from c360_account.handlers.marking import Marked, schedule_change
from c360_account.store.answers import Answers
from c360_account.store.port import MOST_HEIRS, AccountReader, AccountUnit
from c360_account.store.rolling_up import MOST_EVENTS, RollingUp, Standing

_log = logging.getLogger(__name__)


async def look_again(unit: AccountUnit, rules: RollUpRules, what: Marked) -> None:
    """Tell what accounts come to by now, of those of whom it may be another."""
    reader = unit.reader
    touched = await _touched(unit, reader, what)
    accounts = what.run_out | await _with_all_above(reader, touched)
    rolling_up = RollingUp(reader, Answers(reader), rules, await unit.now())
    heads = await _heads(unit, reader, accounts)
    changed: list[AccountRecord] = []
    for account, head in sorted(heads.items()):
        standing = _as_told(await rolling_up.standing(account))
        if standing.changes_at is not None:
            schedule_change(unit, account, standing.changes_at)
        if (now := _told(unit, account, head, standing.values)) is not None:
            changed.append(now)
        _count_left_out(account, standing.left_out, is_told=now is not None)
    await unit.keep_records(changed)


def _told(
    unit: AccountUnit, account: str, head: AccountRecord, values: Mapping[str, TraitValue]
) -> AccountRecord | None:
    """The record with what its account comes to, which is told; None where that is no other."""
    if _typed(values) == _typed(head.comes_to):
        return None
    now = replace(head, comes_to=values, version=head.version + 1)
    said = AccountAssigned(head.key, account, Version(unit.epoch, now.version), values)
    unit.emit(assignment_entry(said, head.age))
    return now


def _as_told(standing: Standing) -> Standing:
    """Without the largest values where no log takes all of them: the others go on."""
    values, left_out = fitted(standing.values)
    return standing._replace(values=values, left_out=standing.left_out + left_out)


def _count_left_out(account: str, names: Collection[str], *, is_told: bool) -> None:
    """Whoever asks segments by these finds nothing of the account."""
    if not names:
        return
    for name in names:
        ROLL_UPS_LEFT_OUT.add(name)
    if is_told:
        _log.warning("ACCOUNT_TOO_LARGE %s: %s not told", account, ", ".join(sorted(names)))


def _typed(values: Mapping[str, TraitValue]) -> object:
    """True and 1 are equal, and two things to conditions."""
    return sorted((name, type(value).__name__, value) for name, value in values.items())


async def _heads(
    unit: AccountUnit, reader: AccountReader, accounts: Collection[str]
) -> Mapping[str, AccountRecord]:
    """The oldest record of each account that is there."""
    records = await reader.records_of(accounts)
    seeds = {held[0].seed: account for account, held in records.items() if held[0].seed}
    heads = await unit.records(seeds)
    return {seeds[key]: one for key, one in heads.items()}


async def _touched(unit: AccountUnit, reader: AccountReader, what: Marked) -> set[str]:
    """The accounts that something may count for that changed, or of whom something did."""
    carried = await unit.carried(what.records)
    carriers = await unit.holders({i for one in carried.values() for i in one}, MOST_HEIRS + 1)
    records = what.records | {key for held in carriers.values() for key in held}
    # Which account somebody acts for depends on all that they are linked to.
    linked = {one.said.person for one in await reader.links_between(what.records, ())}
    persons = what.persons | what.owned | linked
    owners = {*what.customers, *(await reader.customers_of(persons)).values()}
    of_owners = (await reader.persons_of(owners)).values()
    every = {*persons, *(key for keys in of_owners for key in keys)}
    named = {one.said.account for one in await reader.links_between((), every)}
    return {
        *what.accounts,
        *(await reader.accounts_of({*records, *named})).values(),
        *(await reader.named(what.names | await _named_on(reader, what.owned))).values(),
    }


async def _named_on(reader: AccountReader, persons: Collection[RecordKey]) -> set[AccountName]:
    """How the events on these records of persons name accounts."""
    events = await reader.counted(persons, (), MOST_EVENTS) if persons else ()
    if len(events) == MOST_EVENTS and len(persons) > 1:
        # There are more, and of whom nothing was read is not known.
        keys = sorted(persons)
        parts = keys[: len(keys) // 2], keys[len(keys) // 2 :]
        return {name for part in parts for name in await _named_on(reader, part)}
    return {one.account for one in events if one.account is not None}


async def _with_all_above(reader: AccountReader, accounts: Iterable[str]) -> frozenset[str]:
    """These accounts and all that any of their records names as above, whatever edge is left out:
    which one it is may have changed as well."""
    found, edge = set[str](), set(accounts)
    while edge:
        found |= edge
        records = await reader.records_of(edge)
        said = (one.said.payload.parent for held in records.values() for one in held)
        above: set[RecordKey] = {one for one in said if one is not None}
        edge = set((await reader.accounts_of(above)).values()) - found
    return frozenset(found)
