"""Links to accounts that conditions ask for: whose they are, and how many each customer has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.conditions.facts import Acting
from c360_kernel.conditions.tree import EVERYBODY, All, ValueCondition, conjuncts
from c360_kernel.mongodb import Document

from c360_profile.domain.acting import is_of
from c360_profile.domain.record import SourceRecord
from c360_profile.store.mongodb.accounts import values_in
from c360_profile.store.mongodb.filters import filter_of, is_expressible
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.reads import by_id

_AT_ONCE = 10_000
_OF_LINK = {"_id": 0, "person": 1, "account": 1}


async def links_meant(generation: Generation, acting: Acting, most: int) -> Document:
    """What finds the links that are meant, and perhaps some more; where no more than `most`
    records of accounts are, those to them alone."""
    chosen = _links_of_kind(acting)
    asked = await _accounts_meant(generation, acting, most)
    if asked is None:
        return chosen
    found = generation.account_records.find({"account": {"$in": list(asked)}}, {"_id": 1})
    records = await found.limit(most + 1).to_list()
    if len(records) > most:
        return chosen
    return {**chosen, "account": {"$in": [one["_id"] for one in records]}}


async def how_many(
    generation: Generation, own: Mapping[str, Sequence[SourceRecord]], acting: Acting
) -> Mapping[str, int]:
    """How many such links the records of each of these customers have."""
    owner = {str(record.key): id_ for id_, records in own.items() for record in records}
    counts: Counter[str] = Counter()
    if not owner:
        return counts
    chosen = {**_links_of_kind(acting), "person": {"$in": list(owner)}}
    links = await generation.links.find(chosen, _OF_LINK).batch_size(_AT_ONCE).to_list()
    meant = await _records_meant(generation, acting, {one["account"] for one in links})
    counts.update(owner[one["person"]] for one in links if one["account"] in meant)
    return counts


def _links_of_kind(acting: Acting) -> Document:
    chosen: Document = {
        "since": {"$lte": acting.at},
        "$or": [{"until": {"$lte": 0}}, {"until": {"$gt": acting.at}}],
    }
    named = {"kind": acting.kind, "role": acting.role}
    return {**chosen, **{name: said for name, said in named.items() if said}}


async def _accounts_meant(
    generation: Generation, acting: Acting, most: int
) -> Collection[str] | None:
    """The accounts that are meant, and perhaps some more; None if they are many."""
    if acting.account:
        return [acting.account]
    if acting.record:
        return (await _account_of(generation, [acting.record])).values()
    said = _said_by_filter(acting.where)
    if said is None:
        return None
    found = await generation.accounts.find(said, {"_id": 1}).limit(most + 1).to_list()
    return None if len(found) > most else [one["_id"] for one in found]


def _said_by_filter(where: ValueCondition | None) -> Document | None:
    said = tuple(one for one in conjuncts(where or EVERYBODY) if is_expressible(one))
    return filter_of(All(said)) if said else None


async def _records_meant(
    generation: Generation, acting: Acting, records: Collection[str]
) -> frozenset[str]:
    """Those of these records of accounts whose accounts are meant."""
    named = (acting.record,) if acting.record else ()
    account = await _account_of(generation, (*records, *named))
    found = await by_id(generation.accounts, set(account.values())) if acting.where else ()
    values = {one["_id"]: values_in(one) for one in found}
    asked = account.get(acting.record, "")
    return frozenset(
        record for record, id_ in account.items() if is_of(acting, id_, asked, values.get(id_, {}))
    )


async def _account_of(generation: Generation, records: Collection[str]) -> dict[str, str]:
    found = await by_id(generation.account_records, records, {"account": 1})
    return {one["_id"]: one["account"] for one in found if one["account"]}
