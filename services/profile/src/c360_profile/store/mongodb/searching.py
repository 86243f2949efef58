"""Searches over the numbers that customers are found by, which stand in their documents.

Keys may share a number, so whoever is found is looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bson.int64 import Int64
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_deadline import store_errors

from c360_profile.domain.search.search import Found, FoundPlace, Search
from c360_profile.store.mongodb.customers import NOT_FOUND_BY, held_numbers, read_customer
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.selection import Selection, select

_ORDER = [("place", 1), ("_id", 1)]


async def found_by(generation: Generation, search: Search, limit: int) -> Sequence[Found]:
    """The first live customers that a search finds, the exact ones before the others."""
    found: list[Found] = []
    after = search.after
    for closeness in (0, 1) if search.traits else ():
        if after is None or after.closeness <= closeness:
            start = after if after is not None and after.closeness == closeness else None
            found += await _alike(generation, search, closeness, start, limit - len(found))
    return found


async def _alike(
    generation: Generation,
    search: Search,
    closeness: int,
    after: FoundPlace | None,
    limit: int,
) -> list[Found]:
    found: list[Found] = []
    selection = select(search.condition)
    wanted = [selection.filter, *_words(search.ways(forgiving=bool(closeness))), *_past(after)]
    with store_errors():
        if limit > 0:
            met = generation.customers.find({"$and": wanted}, NOT_FOUND_BY).sort(_ORDER)
            async for document in met:
                customer = read_customer(document)
                if _is_found(search, selection, closeness, Found(closeness, customer)):
                    found.append(Found(closeness, customer))
                if len(found) == limit:
                    break
    return found


def _is_found(search: Search, selection: Selection, closeness: int, one: Found) -> bool:
    is_met = selection.rest is None or selection.rest.holds(one.customer.known)
    return is_met and search.closeness(one.customer) == closeness


def _words(words: Sequence[Sequence[frozenset[int]]]) -> list[Document]:
    return [_word(ways) for ways in words]


def _word(ways: Sequence[frozenset[int]]) -> Document:
    """One number of several is looked for at once; several numbers each by itself."""
    single = sorted({one for way in ways if len(way) == 1 for one in held_numbers(way)})
    several = [way for way in ways if len(way) > 1]
    found: list[Document] = [{"numbers": {"$in": single}}] if single else []
    found += [{"$and": [{"numbers": one} for one in sorted(held_numbers(way))]} for way in several]
    return {"$or": found}


def _past(after: FoundPlace | None) -> list[Document]:
    if after is None:
        return []
    place = Int64(after.place)
    beyond: Document = {"place": place, "_id": {"$gt": after.id}}
    return [{"$or": [{"place": {"$gt": place}}, beyond]}]
