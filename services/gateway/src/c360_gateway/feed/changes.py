"""Changes since a place, at least once: told when they can be read, to who may be told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from c360_kernel.groups import GroupSuppressed
from c360_kernel.log.entry import Entry, Position
from c360_kernel.log.topics import MEMBERSHIPS, QUALITY
from c360_kernel.payload import MembershipChanged, QualityChanged
from c360_kernel.record import RecordKey
from c360_kernel.visibility import PROFILE

from c360_gateway.collect.items import Stage
from c360_gateway.collect.waiting import Waiter, WaitOptions
from c360_gateway.context import OperationContext
from c360_gateway.feed.holders import Holders
from c360_gateway.watch.change import SETTLING, Change, change_of
from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.places import Begin, Place, Places
from c360_gateway.watch.segment_gate import SegmentGate
from c360_gateway.watch.told import Told

LOOKED_AT = 500
"""A page looks at so many entries and no more, however few of them are told."""
SETTLE_S = 2.0
"""How long a page waits for what services make of its entries."""
_OF_FEW = frozenset((MEMBERSHIPS, QUALITY))
"""What tells, place by place, of groups that may be small: as a segment's history, who entered and
left; exactly, what share of records is so."""
_QUALITY = ("Query.dataQuality", "DataQuality.traits")
_TRAIT_QUALITY = "TraitQuality"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for: of these topics, and by no source of `except_sources`."""

    topics: tuple[str, ...]
    except_sources: frozenset[str] = frozenset()
    begin: Begin = Begin.OLDEST


class ChangePage(NamedTuple):
    """What was found, oldest first; `end` is where the next page goes on."""

    items: Sequence[Told[Change]]
    end: str
    has_more: bool


class _Seen(NamedTuple):
    change: Change
    entry: Entry
    after: Place


class _Asked(NamedTuple):
    """All of a membership that decides who may hear of it."""

    segment: str
    reads: tuple[str, ...]
    redefined: bool


class ChangeFeed:
    """The changes of one log."""

    def __init__(
        self,
        places: Places,
        waiter: Waiter,
        holders: Holders,
        lookup: CustomerLookup,
        gate: SegmentGate,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._places = places
        self._waiter = waiter
        self._holders = holders
        self._lookup = lookup
        self._gate = gate
        self._settled = WaitOptions(Stage.PROFILE, settle_s)

    async def page(
        self, wanted: Wanted, size: int, after: str | None, context: OperationContext
    ) -> ChangePage:
        """At most `size` changes after a cursor. Raises `CursorInvalid`, `GroupSuppressed`, and
        `CustomerUnknown` or `SegmentUnknown` where it cannot be said now who may be told.

        A page may have fewer, or none, and more behind it: also where the services have not handled
        yet what it would tell, since a reader then finds what was there before.
        """
        if _OF_FEW.intersection(wanted.topics) and context.present_caller().smallest_group:
            # Two places are two groups that differ by one customer.
            raise GroupSuppressed
        list_ = await self._places.list_of(wanted.topics)
        begin = await self._places.at(list_, wanted.topics, after, wanted.begin)
        entries = await self._places.following(begin, LOOKED_AT)
        seen, end, count = _seen(begin, entries, wanted, size)
        if not await self._is_settled(seen):
            return ChangePage((), self._places.cursor(list_, begin), True)
        told = await self._told(seen, context)
        items = [Told(one.change, self._places.cursor(list_, one.after)) for one in told]
        has_more = count < len(entries) or len(entries) == LOOKED_AT
        return ChangePage(items, self._places.cursor(list_, end), has_more)

    async def _is_settled(self, seen: Sequence[_Seen]) -> bool:
        positions = [_position(one.entry) for one in seen if one.entry.topic in SETTLING]
        stages = await self._waiter.reached(positions, self._settled)
        return not positions or all(one is Stage.PROFILE for one in stages)

    async def _told(self, seen: Sequence[_Seen], context: OperationContext) -> list[_Seen]:
        """Those that the caller may be told of, each with its customer of now."""
        records = list(dict.fromkeys(r for one in seen if (r := one.change.record) is not None))
        held = await self._holders.of(records, context) if records else {}
        known = [_of_customer(one, held) for one in seen]
        customers = {one.change.customer for one in known} - {""}
        shown = await self._lookup.shown(sorted(customers), context)
        told = [one for one in known if _may_hear(one.change, shown, context)]
        members = [m for one in told if (m := one.change.membership) is not None]
        heard = await self._heard(members, context)
        return [one for one in told if (m := one.change.membership) is None or _asked(m) in heard]

    async def _heard(
        self, members: Sequence[MembershipChanged], context: OperationContext
    ) -> frozenset[_Asked]:
        """What is shown of what memberships tell: many of a page are of one segment."""
        asked = {_asked(one): one for one in members}
        return frozenset(
            [name for name, one in asked.items() if await self._gate.shows(one, context)]
        )


def _may_hear(change: Change, shown: frozenset[str], context: OperationContext) -> bool:
    if change.quality is not None:
        return _may_hear_of_quality(change.quality, context)
    if not change.customer:
        # Of whom nothing is known any more, row rules can say nothing.
        return not context.caller.predicate
    return change.customer in shown


def _may_hear_of_quality(change: QualityChanged, context: OperationContext) -> bool:
    """Whether `dataQuality` would tell the caller the same, plainly: of everybody, so within no
    scope, and of traits that it sees.
    """
    told = (change.measure, "source", "trait", "breaches")
    asked = (*_QUALITY, *(f"{_TRAIT_QUALITY}.{one}" for one in told))
    is_read = all(context.table.read(one).action == "allow" for one in asked)
    is_seen = f"{PROFILE}.{change.trait}" in context.caller.visibility.seen
    return is_read and is_seen and not context.caller.predicate


def _asked(change: MembershipChanged) -> _Asked:
    return _Asked(change.segment, change.reads, change.redefined)


def _seen(
    begin: Place, entries: Sequence[Entry], wanted: Wanted, size: int
) -> tuple[list[_Seen], Place, int]:
    """The first changes among entries, the place after them, and how many entries that were."""
    place, seen, count = dict(begin), list[_Seen](), 0
    for entry in entries:
        if len(seen) == size:
            break
        count += 1
        place[entry.topic_partition] = entry.offset + 1
        change = change_of(entry)
        if change is not None and change.origin not in wanted.except_sources:
            seen.append(_Seen(change, entry, dict(place)))
    return seen, place, count


def _of_customer(seen: _Seen, held: Mapping[RecordKey, str]) -> _Seen:
    record = seen.change.record
    if record is None:
        return seen
    return seen._replace(change=replace(seen.change, customer=held.get(record, "")))


def _position(entry: Entry) -> Position:
    return Position(entry.topic, entry.partition, entry.offset)
