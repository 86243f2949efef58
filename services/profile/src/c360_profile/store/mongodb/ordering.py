"""Pages in several orders.

A server sorts by the first of them, and puts those who lack a further trait before all others. So
customers that are equal in the first order are read together and sorted here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from c360_kernel.mongodb_deadline import store_errors

from c360_profile.domain.customer import Customer
from c360_profile.domain.ordering import in_order, is_between
from c360_profile.domain.query import CustomerQuery
from c360_profile.store.mongodb.counting import known_of
from c360_profile.store.mongodb.customers import NOT_FOUND_BY, read_customer
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.selection import Part, Selection, parts

_AT_ONCE = 100


async def page_by_many(
    generation: Generation, query: CustomerQuery, selection: Selection, limit: int
) -> Sequence[Customer]:
    """The first (or last) live customers that a query asks for, in its order."""
    found: list[Customer] = []
    async for equals in _equals(generation, query, selection):
        ordered = in_order(equals, query.orders)
        ends = query.orders, query.after, query.before
        inside = [customer for customer in ordered if is_between(customer, *ends)]
        found += inside[::-1] if query.from_end else inside
        if len(found) >= limit:
            break
    return found[:limit][::-1] if query.from_end else found[:limit]


async def _equals(
    generation: Generation, query: CustomerQuery, selection: Selection
) -> AsyncIterator[Sequence[Customer]]:
    """Customers with one value of the first trait, group by group in the order of the page."""
    trait = query.orders[0].trait
    with store_errors():
        for part in parts(selection.filter, query):
            group: list[Customer] = []
            async for customer in meeting(generation, part, selection):
                if group and group[0].traits.get(trait) != customer.traits.get(trait):
                    yield group
                    group = []
                group.append(customer)
            if group:
                yield group


async def meeting(
    generation: Generation, part: Part, selection: Selection
) -> AsyncIterator[Customer]:
    """The customers of a part that meet what no filter says."""
    rest = selection.rest
    async for some in _some_at_once(generation, part):
        known = [] if rest is None else await known_of(generation, some, rest)
        for place, customer in enumerate(some):
            if rest is None or rest.holds(known[place]):
                yield customer


async def _some_at_once(generation: Generation, part: Part) -> AsyncIterator[Sequence[Customer]]:
    found = generation.customers.find(part.filter, NOT_FOUND_BY).sort(part.sort)
    some: list[Customer] = []
    async for document in found:
        some.append(read_customer(document))
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
