"""Events and accounts as conditions see them, read from a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.accounts.links import Link
from c360_kernel.accounts.seen import AccountView
from c360_kernel.conditions.tree import Values
from c360_kernel.objects.referred import object_named, seen_of
from c360_kernel.objects.sights import Sights
from c360_kernel.record import RecordKey

from c360_segment.domain.known import Known
from c360_segment.domain.referred import Referred
from c360_segment.domain.segments import Segment
from c360_segment.domain.sights import named_by, seen_with
from c360_segment.domain.timed.happenings import Happened
from c360_segment.store.accounts import Accounts
from c360_segment.store.objects import Objects
from c360_segment.store.port import SegmentReader


async def seeing(
    reader: Objects, sights: Sights, events: Mapping[str, Sequence[Happened]]
) -> Mapping[str, Sequence[Happened]]:
    """These events of customers, each with what is known now of the objects that it refers to."""
    names = named_by(sights, events) if sights else ()
    if not names:
        return events
    objects = await reader.objects(names)
    return {c: [seen_with(sights, one, objects) for one in own] for c, own in events.items()}


async def traits_seen(
    reader: Objects, referred: Referred, traits: Mapping[str, Values]
) -> Mapping[str, Values]:
    """These traits of customers, each with what is known now of the objects that they refer to."""
    named = {object_named(own, one) for own in traits.values() for one in referred}
    names = [name for name in named if name is not None]
    if not names:
        return traits
    objects = await reader.objects(names)
    return {c: {**own, **seen_of(own, referred, objects)} for c, own in traits.items()}


async def accounts_seen(
    reader: Accounts, view: AccountView | None, links: Iterable[Link]
) -> Mapping[RecordKey, Values]:
    """What is known now of the accounts that these links lead to, by the record that they name."""
    if view is None:
        return {}
    states = await reader.accounts({one.account for one in links})
    ids = {record: one.account for record, one in states.items() if one.account}
    values = await values_of_accounts(reader, view, set(ids.values()))
    return {record: values[id_] for record, id_ in ids.items() if id_ in values}


async def values_of_accounts(
    reader: Accounts, view: AccountView, accounts: Collection[str]
) -> Mapping[str, Values]:
    """What conditions see of each of these accounts: what their records say, and what is told of
    what they come to."""
    said = await reader.account_records(accounts)
    told: dict[str, Values] = {}
    if view.come_to:
        keys = [key for records in said.values() for key in records]
        states = (await reader.accounts(keys)).values()
        told = {one.account: one.comes_to for one in states if one.comes_to}
    return {id_: view.of(records, told.get(id_, {})) for id_, records in said.items()}


async def known_as_seen(
    reader: SegmentReader, customers: Collection[str], events: Collection[str], segment: Segment
) -> Mapping[str, Known]:
    """What a condition looks at of those of these customers who are live."""
    known = await reader.known(customers, events)
    seen = await seeing(reader, segment.sights, {c: one.events for c, one in known.items()})
    links = (link for one in known.values() for link in one.links)
    accounts = await accounts_seen(reader, segment.accounts, links)
    own = {c: one.traits for c, one in known.items()}
    traits = await traits_seen(reader, segment.referred, own)
    return {
        c: one._replace(events=seen[c], traits=traits[c], accounts=accounts)
        for c, one in known.items()
    }
