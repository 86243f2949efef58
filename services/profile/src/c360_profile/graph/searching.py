"""`Query.searchCustomers`: live customers by words of their names and addresses.

Nobody finds a customer by a trait that they may not read as it is, or not filter by. Text that is
an identifier in some spelling finds by it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry
from c360_kernel.conditions.tree import AnyOf, ValueTest
from c360_kernel.groups import GroupSuppressed
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest
from c360_kernel.visibility import FILTER, PROFILE

from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.domain.readings import readings
from c360_profile.domain.search.search import Found, FoundPlace, Search, searched_traits
from c360_profile.domain.search.standards import standards_of
from c360_profile.domain.search.wanted import LONGEST_TEXT, SearchInvalid, wanted_of
from c360_profile.graph.context import GraphContext, Info
from c360_profile.graph.paging import SearchCursors

SEARCH = (
    "Live customers by words of their names and addresses, in any order: whatever case and width,"
    " Chinese also by its sound. Those with every word as it stands come first, then those with"
    " errors of typing. The whole of an identifier, in any spelling, finds by it alone. Nothing is"
    " found by what you may not filter by. Who is told of no small group is refused it."
)
Text = Annotated[str, strawberry.argument(description="At most 200 characters, eight words.")]
_BY_IDENTIFIER = -1
"""Closer than any words are."""


def search_connection(edge: type) -> type:
    """A page of what a search finds."""
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"edges": list[edge], "page_info": PageInfo},
        "edges": strawberry.field(description="The customers."),
        "page_info": strawberry.field(description="Whether there are more."),
    }
    made = type("CustomerSearchConnection", (), namespace)
    return strawberry.type(made, description="A page of the customers that a search finds.")


def search_resolver(customer: type, edge: type, connection: type) -> Callable[..., Any]:
    """Answers with these types."""

    async def search_customers(
        info: Info, text: Text, first: FirstEdges = None, after: After = None
    ) -> Any:  # noqa: ANN401 - a type of the catalog
        request = PageRequest.of(first, after, None, None)
        cursors = SearchCursors(info.context.sealer, text)
        page = request.cut(await _found(info.context, text, cursors.read(after), request.probe))
        for one in page.edges:
            info.context.customers.prime(one.customer.id, one.customer)
        edges: list[Any] = [
            edge(cursor=cursors.write(one), node=customer(id=one.customer.id)) for one in page.edges
        ]
        page_info = PageInfo.of(page, [one.cursor for one in edges])
        return connection(edges=edges, page_info=page_info)

    return search_customers


async def _found(
    context: GraphContext, text: str, after: FoundPlace | None, limit: int
) -> Sequence[Found]:
    if context.caller.smallest_group:
        raise GroupSuppressed
    if len(text) > LONGEST_TEXT:
        raise SearchInvalid(f"a search has {LONGEST_TEXT} characters at most")
    if after is None or after.closeness == _BY_IDENTIFIER:
        found = await _by_identifier(context, text, after, limit)
        if found or after is not None:
            return found
    traits = [one for one in searched_traits(context.rules.catalog) if _may_use(context, one)]
    search = Search(
        wanted_of(text, standards_of(context.rules.catalog)), tuple(traits), after=after
    )
    return await context.reader.found(search, limit)


async def _by_identifier(
    context: GraphContext, text: str, after: FoundPlace | None, limit: int
) -> Sequence[Found]:
    """Customers with a golden trait that is this identifier, by id."""
    tests = tuple(_tests(context, text))
    if not tests:
        return ()
    query = CustomerQuery(AnyOf(tests))
    if after is not None:
        query = replace(query, after=Place((), after.id))
    page = await context.reader.page(query, limit)
    return [Found(_BY_IDENTIFIER, customer) for customer in page]


def _tests(context: GraphContext, text: str) -> list[ValueTest]:
    found: list[ValueTest] = []
    for trait in context.rules.catalog.traits.values():
        if trait.identifier and _may_use(context, trait.name):
            values = readings(context.rules, trait, text)
            found += [ValueTest(trait.name, "equals", value) for value in values]
    return found


def _may_use(context: GraphContext, trait: str) -> bool:
    return context.caller.visibility.used.issuperset((f"{PROFILE}.{trait}", f"{FILTER}.{trait}"))
