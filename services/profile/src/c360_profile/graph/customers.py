"""`Query.customers`: live customers by filter, in an order, page by page.

Beside it stands what only the gateway asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

import strawberry
from c360_kernel.accounts.golden import account_rules
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.facts import acting_by, acting_fact
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, ValueTest, mapped
from c360_kernel.errors import Invalid
from c360_kernel.groups import Group, GroupSuppressed, Size, sketch
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.catalog_types import (
    Direction,
    Spelling,
    customer_filter,
    customer_order,
    customer_order_field,
    filter_condition,
)
from c360_kernel.subgraph.paging import (
    After,
    Before,
    FirstEdges,
    LastEdges,
    PageInfo,
    PageRequest,
)

from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.query import CustomerQuery, Order, Orders
from c360_profile.domain.readings import in_any_spelling, normal_forms
from c360_profile.graph.consent_outcomes import consent_outcomes
from c360_profile.graph.consent_states import consented
from c360_profile.graph.context import Info
from c360_profile.graph.everybody import customers_now, how_many_now
from c360_profile.graph.filtered_objects import by_objects
from c360_profile.graph.hidden import (
    refuse_hidden_accounts,
    refuse_hidden_events,
    refuse_hidden_segments,
)
from c360_profile.graph.objects import OBJECT, object_by_key, objects_held
from c360_profile.graph.paging import CustomerCursors
from c360_profile.graph.quality import DATA_QUALITY, data_quality
from c360_profile.graph.replaced_answers import replaced_answers
from c360_profile.graph.searching import SEARCH, search_connection, search_resolver
from c360_profile.graph.tag_questions import tag_holders, tag_outcomes, tags_by_rule_alone


def query_type(catalog: Catalog, customer: type) -> type:
    """`Query` with `customers`, whose filter and order a catalog makes."""
    connection = _connection_type(customer)
    listing = _Listing(catalog, customer, connection)
    found: Any = search_connection(connection.edge)
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "customers": strawberry.field(
            resolver=_resolver(catalog, listing),
            graphql_type=connection.connection | None,
            description=_CUSTOMERS,
        ),
        "data_quality": strawberry.field(resolver=data_quality, description=DATA_QUALITY),
        "replaced_answers": strawberry.federation.field(
            resolver=replaced_answers, inaccessible=True
        ),
        "tags_by_rule_alone": strawberry.federation.field(
            resolver=tags_by_rule_alone, inaccessible=True
        ),
        "tag_holders": strawberry.federation.field(resolver=tag_holders, inaccessible=True),
        "tag_outcomes": strawberry.federation.field(resolver=tag_outcomes, inaccessible=True),
        "search_customers": strawberry.field(
            resolver=search_resolver(customer, connection.edge, found),
            graphql_type=found | None,
            description=SEARCH,
        ),
        "consented": strawberry.federation.field(resolver=consented, inaccessible=True),
        "customers_now": strawberry.federation.field(resolver=customers_now, inaccessible=True),
        "how_many_now": strawberry.federation.field(resolver=how_many_now, inaccessible=True),
        "consent_outcomes": strawberry.federation.field(
            resolver=consent_outcomes, inaccessible=True
        ),
    }
    if catalog.objects:
        # Without types of objects nothing could be asked for.
        namespace["object"] = strawberry.field(resolver=object_by_key, description=OBJECT)
        namespace["objects_held"] = strawberry.federation.field(
            resolver=objects_held, inaccessible=True
        )
    return strawberry.type(type("Query", (), namespace), description="Where every query begins.")


_CUSTOMERS = (
    "Live customers, by id unless told; 20 a page unless told, at most 200. Who is told of no small"
    " group is refused it: SUPPRESSED_SMALL_GROUP."
)
MOST_ORDERS = 4
"""So many traits customers may be sorted by."""
_TOTAL = (
    "How many customers meet the filter; rounded down to five for who is told of no small group."
)


@dataclass(frozen=True, slots=True)
class _ConnectionTypes:
    connection: type
    edge: type


def _connection_type(customer: type) -> _ConnectionTypes:
    edge: Any = strawberry.type(
        type(
            "CustomerEdge",
            (),
            {
                "__module__": __name__,
                "__annotations__": {"cursor": str, "node": customer},
                "cursor": strawberry.field(description="Where another page starts."),
                "node": strawberry.field(description="The customer."),
            },
        ),
        description="A customer at its place in the list.",
    )
    annotations = {
        "found": strawberry.Private[object],
        "page_info": PageInfo,
        "condition": strawberry.Private[object],
        "disclosed": strawberry.Private[object],
    }
    connection = type(
        "CustomerConnection",
        (),
        {
            "__module__": __name__,
            "__annotations__": annotations,
            "edges": strawberry.field(
                resolver=_edges, graphql_type=list[edge], description="The customers."
            ),
            "page_info": strawberry.field(description="Whether there are more."),
            "total_count": strawberry.field(resolver=_total_count, description=_TOTAL),
        },
    )
    made = strawberry.type(connection, description="A page of customers.")
    return _ConnectionTypes(made, edge)


async def _total_count(root: Any, info: Info) -> int | None:  # noqa: ANN401
    return (
        await info.context.reader.count(root.condition)
        if root.disclosed is None
        else root.disclosed.shown
    )


def _edges(root: Any) -> Any:  # noqa: ANN401
    if root.disclosed is not None and not root.disclosed.may_list:
        raise GroupSuppressed
    return root.found


async def _disclosed(info: Info, asked: ValueCondition, condition: ValueCondition) -> Size | None:
    """What to tell a caller who is told of no small group; None to all others.

    The question is what is `asked`: the keys of objects that stand for it are many, and change. So
    does the moment at which links are asked for: it is the same question a second later.
    """
    context, least = info.context, info.context.caller.smallest_group
    if not least:
        return None
    members = await context.reader.matching(condition)
    everybody = await context.reader.count(EVERYBODY)
    question = f"{context.caller.predicate} {condition_text(mapped(asked, _whenever))}"
    group = Group(len(members), everybody, sketch(members))
    return context.groups.disclose(context.caller.principal, question, group, least)


def _whenever(test: ValueTest) -> ValueCondition:
    acting = acting_by(test.name)
    return test if acting is None else replace(test, name=acting_fact(acting._replace(at=0)))


@dataclass(frozen=True, slots=True)
class _Listing:
    """Lists customers into the types of one schema."""

    catalog: Catalog
    customer: type
    types: _ConnectionTypes

    async def page(
        self, info: Info, asked: ValueCondition, orders: Orders, request: PageRequest
    ) -> object:
        cursors = CustomerCursors(info.context.sealer, orders, self.catalog.profile_traits)
        places = cursors.read(request.after), cursors.read(request.before)
        condition = await by_objects(asked, info.context)
        disclosed = await _disclosed(info, asked, condition)
        query = CustomerQuery(condition, orders, *places, request.from_end)
        page = request.cut(await info.context.reader.page(query, request.probe))
        for customer in page.edges:
            info.context.customers.prime(customer.id, customer)
        edges: list[Any] = [
            self.types.edge(cursor=cursors.write(customer), node=self.customer(id=customer.id))
            for customer in page.edges
        ]
        page_info = PageInfo.of(page, [edge.cursor for edge in edges])
        return self.types.connection(
            found=edges, page_info=page_info, condition=condition, disclosed=disclosed
        )


def _resolver(catalog: Catalog, listing: _Listing) -> Callable[..., Any]:
    async def customers(
        info: Info,
        filter: Any = None,  # noqa: ANN401 - the argument's name; its type is the catalog's
        order_by: Any = None,  # noqa: ANN401
        first: FirstEdges = None,
        after: After = None,
        last: LastEdges = None,
        before: Before = None,
    ) -> Any:  # noqa: ANN401
        request = PageRequest.of(first, after, last, before)
        refuse_hidden_segments(info, filter, catalog)
        refuse_hidden_events(info, filter, catalog)
        asked = _condition(filter, info.context.rules)
        refuse_hidden_accounts(info, asked, catalog)
        return await listing.page(info, asked, _orders(order_by), request)

    order_by_type: Any = customer_order(customer_order_field(catalog))
    filter_type: Any = customer_filter(catalog)
    customers.__annotations__["filter"] = Annotated[
        filter_type | None, strawberry.argument(description="Which of them; all if left out.")
    ]
    customers.__annotations__["order_by"] = Annotated[
        list[order_by_type] | None,
        strawberry.argument(
            description="By which traits they are sorted, the first before the next; by id if left"
            f" out, and where they are equal. At most {MOST_ORDERS}."
        ),
    ]
    return customers


def _condition(given: object, rules: GoldenRules) -> ValueCondition:
    if given is None:
        return EVERYBODY
    of_account = account_rules(rules.catalog).spelled
    of_traits = partial(in_any_spelling, rules), partial(normal_forms, rules)
    say = Spelling(*of_traits, of_account, wall_clock_ms())
    stated = filter_condition(given, rules.catalog, say)
    return EVERYBODY if stated is None else stated


def _orders(given: Any) -> Orders:  # noqa: ANN401
    """The orders that are asked for. Raises `Invalid` for more than an answer can wait for."""
    orders = tuple(Order(one.field.value, one.direction is Direction.DESC) for one in given or ())
    if len(orders) > MOST_ORDERS:
        message = f"customers are sorted by {MOST_ORDERS} traits at most"
        raise Invalid(message, code="ORDER_TOO_LONG")
    return orders
