"""Numbers that nobody keeps, for conditions that test how often something happened or is carried.

No document of a customer says them. Customers that are found are counted for, some at a time; where
there is little of what is counted, only those are looked at who have some of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.conditions.facts import Acting, Carrying, Counted, Tallied
from c360_kernel.conditions.operators import accepts
from c360_kernel.conditions.tree import AnyOf, ValueCondition, Values, ValueTest, conjuncts
from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Document
from c360_kernel.record import RecordKey

from c360_profile.domain.customer import Customer, belonging
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.tallied import tallied_in, window_of
from c360_profile.store.mongodb.acting import how_many, links_meant
from c360_profile.store.mongodb.documents import CARRIED, carried_mark
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.reads import by_customer, linked_records, records_by_key
from c360_profile.store.mongodb.selection import Selection
from c360_profile.store.mongodb.timeline import events_in

_FEW = 3_000
"""So many events or records are read in the time that an answer may take."""
_OF_RECORD = {"_id": 0, "record": 1}
_AT_ONCE = 10_000


async def narrowed(generation: Generation, selection: Selection) -> Selection:
    """The same customers, with no more of them to be looked at than have some of what is rare."""
    for test in () if selection.rest is None else conjuncts(selection.rest):
        needed = _needed(test)
        if needed is not None and (records := await _few_records(generation, needed)) is not None:
            who = {"_id": {"$in": sorted(await _owners(generation, records))}}
            return selection._replace(filter={"$and": [selection.filter, who]})
    return selection


async def known_of(
    generation: Generation, customers: Sequence[Customer], condition: ValueCondition
) -> Sequence[Values]:
    """What a condition is held against, of each of these customers."""
    tallied = tallied_in(condition)
    if not tallied:
        return [one.known for one in customers]
    ids = [one.id for one in customers]
    linked = by_customer(ids, (await linked_records(generation, ids)).values())
    own = {id_: belonging(id_, linked.get(id_, ())) for id_ in ids}
    numbers = {
        name: await how_many(generation, own, one)
        if isinstance(one, Acting)
        else await _numbers(generation, own, one)
        for name, one in tallied.items()
    }
    return [{**one.known, **{n: held[one.id] for n, held in numbers.items()}} for one in customers]


def _needed(test: ValueCondition) -> Sequence[Tallied] | None:
    """Of what everybody has some who passes a test; None if somebody passes who has none of it."""
    if isinstance(test, AnyOf):
        each = [_needed(part) for part in test.parts]
        known = [some for some in each if some is not None]
        return None if len(known) < len(each) else [one for some in known for one in some]
    if not isinstance(test, ValueTest) or accepts(test.operator, 0, test.wanted):
        return None
    return list(tallied_in(test).values()) or None


async def _few_records(generation: Generation, needed: Sequence[Tallied]) -> Collection[str] | None:
    """The records that have some of it; None if there is too much of it."""
    records: set[str] = set()
    for collection, chosen, name in await _places(generation, needed):
        found = collection.find(chosen, [name]).limit(_FEW + 1).batch_size(_FEW + 2)
        some = await found.to_list()
        if len(some) > _FEW:
            return None
        records.update(one[name] for one in some)
    return records


async def _places(
    generation: Generation, needed: Sequence[Tallied]
) -> Sequence[tuple[Documents, Document, str]]:
    """Where it is, how it is found there, and which field names the record."""
    marks = [carried_mark(*one) for one in needed if isinstance(one, Carrying)]
    happened = [events_in(window_of(one)) for one in needed if isinstance(one, Counted)]
    acting = [one for one in needed if isinstance(one, Acting)]
    linked = [await links_meant(generation, one, _FEW) for one in acting]
    places: list[tuple[Documents, Document, str]] = []
    if marks:
        places.append((generation.records, {CARRIED: {"$in": marks}}, "_id"))
    if happened:
        places.append((generation.events, {"$or": happened}, "record"))
    places += [(generation.links, chosen, "person") for chosen in linked]
    return places


async def _owners(generation: Generation, records: Collection[str]) -> set[str]:
    found = await records_by_key(generation, map(RecordKey.parse, records))
    return {record.customer for record in found.values()} - {""}


async def _numbers(
    generation: Generation,
    own: Mapping[str, Sequence[SourceRecord]],
    tallied: Counted | Carrying,
) -> Mapping[str, int]:
    if isinstance(tallied, Carrying):
        return {id_: sum(r.carries(tallied) for r in records) for id_, records in own.items()}
    owner = {str(record.key): id_ for id_, records in own.items() for record in records}
    chosen: Document = {"$and": [{"record": {"$in": list(owner)}}, events_in(window_of(tallied))]}
    counts: Counter[str] = Counter()
    if owner:
        async for one in generation.events.find(chosen, _OF_RECORD).batch_size(_AT_ONCE):
            counts[owner[one["record"]]] += 1
    return counts
