"""Keeps what accounts are: whoever is linked to one that changes is looked at again, a page at a
time.

A change is one of a record: which account it is of, or what that account is. Who is linked to such
a record is scheduled with how far they have been gone through, for they may be many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson
from c360_kernel.accounts.links import AccountState
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.conditions.tree import Values
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.revisions import may_hold
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.incoming import Incoming
from c360_segment.handlers.linking import LINKS_CHANGED
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.port import Changes, SegmentUnit
from c360_segment.store.seeing import values_of_accounts

_ACCOUNT = "account:"
_PAGE = 500
_AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""
_Seen = Mapping[RecordKey, object]


class Following(NamedTuple):
    """An account's record that is another by the entry of this stamp, and from which place on who
    is linked to it is to be gone through."""

    record: RecordKey
    stamp: str
    after: str = ""

    @property
    def key(self) -> str:
        """The key under which it is scheduled."""
        return _ACCOUNT + orjson.dumps([*self.record, self.stamp, self.after]).decode()


def is_account(one: Scheduled) -> bool:
    """Whether it is an account's record whose links are to be gone through; no id of a customer
    is."""
    return one.key.startswith(_ACCOUNT)


def _followed(due: Iterable[Scheduled]) -> Iterator[Following]:
    for one in filter(is_account, due):
        source, key, stamp, after = orjson.loads(one.key.removeprefix(_ACCOUNT))
        yield Following(RecordKey(source, key), stamp, after)


async def keep_accounts(unit: SegmentUnit, segments: Segments, incoming: Incoming) -> None:
    """Keep what a batch says of accounts' records, and have whoever is linked to what changes by it
    looked at again."""
    if not (incoming.accounts or incoming.account_said):
        return
    held = await unit.accounts({*incoming.accounts, *incoming.account_said})
    told = {key: one for key, one in incoming.accounts.items() if _is_newer(one, held.get(key))}
    said = await _said(unit, incoming.account_said)
    looked_at = [*held.values(), *told.values()] if segments.parts.whole.acts else ()
    ids = {one.account for one in looked_at} - {""}
    before = await _seen(unit, segments, ids)
    await unit.save(Changes(accounts=told, account_said=said))
    after = await _seen(unit, segments, ids)
    newest = max(one.stamp for one in incoming.account_causes.values())
    for record in before.keys() | after.keys():
        if before.get(record) != after.get(record):
            cause = incoming.account_causes.get(record)
            stamp = newest if cause is None else cause.stamp
            unit.schedule(_AT_ONCE, Following(record, stamp).key)


def _is_newer(told: AccountState, held: AccountState | None) -> bool:
    return held is None or told.version > held.version


async def _said(
    unit: SegmentUnit, new: Mapping[RecordKey, Sequence[AccountSaid]]
) -> Mapping[RecordKey, tuple[AccountSaid, ...]]:
    held = await unit.said_of_accounts(new.keys())
    return {
        key: tuple(sorted(may_hold(held.get(key, ()), said), key=lambda one: one.stamp))
        for key, said in new.items()
    }


async def _seen(unit: SegmentUnit, segments: Segments, ids: Collection[str]) -> _Seen:
    """What conditions see of each record of these accounts; of what is no account's, nothing."""
    view, found = segments.accounts, dict[RecordKey, object]()
    records = await unit.account_records(ids) if ids else {}
    values = await values_of_accounts(unit, view, records.keys()) if view else {}
    for account, said in records.items():
        found |= dict.fromkeys(said, _typed(values.get(account, {})))
    return found


def _typed(values: Values) -> object:
    """True and 1 are equal, and two things to conditions."""
    return sorted((name, type(value).__name__, value) for name, value in values.items())


async def touched_by_accounts(unit: SegmentUnit, due: Iterable[Scheduled]) -> Mapping[str, Touched]:
    """The customers who are linked to what is due.

    Of more than a page of records, of all of it, the rest is scheduled again.
    """
    touched: dict[str, Touched] = {}
    left = _PAGE
    for one in _followed(due):
        if not left:
            unit.schedule(_AT_ONCE, one.key)
            continue
        found = await unit.linked_to(one.record, one.after, left)
        left -= len(found.records)
        cause = Cause(one.stamp, stamp_ms(one.stamp))
        for state in (await unit.records(found.records)).values():
            if state.customer:
                touch(touched, state.customer, cause, LINKS_CHANGED)
        if found.after:
            unit.schedule(_AT_ONCE, one._replace(after=found.after).key)
    return touched
