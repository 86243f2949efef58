"""`Query.accounts`: accounts by filter, in an order, page by page.

By traits all accounts are compared; what an account comes to is worked out of those alone that
traits leave open, and of no more than can be waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import strawberry
from c360_kernel.accounts.golden import account_rules
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, leaves
from c360_kernel.cursors import CursorInvalid
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types.account_filters import (
    Compared,
    account_filter,
    compared_of,
)
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest

from c360_account.domain.golden import golden_traits
from c360_account.domain.listing import (
    Orders,
    Place,
    Values,
    decided,
    fitting,
    in_order,
    is_beyond,
    is_of,
    place_of,
)
from c360_account.graph.context import GraphContext, Info
from c360_account.graph.cursors import Cursors
from c360_account.graph.filters import (
    MOST_ORDERS,
    account_order,
    condition_of,
    orders_of,
)
from c360_account.graph.query import accounts as accounts_by_id
from c360_account.graph.query import page_by_id
from c360_account.store.rolling_up import MOST_EVENTS

MOST_COMPARED = 20_000
"""Of more accounts none is compared with others."""
MOST_ROLLED_UP = 2_000
"""Of more accounts is not worked out for one list what they come to."""
_AT_ONCE = 500
_FILTER = "Which of them; all if left out."
_ORDER = (
    "By what they are sorted, the first before the next; by id if left out, and where they are"
    f" equal. At most {MOST_ORDERS}."
)


_ALL = f"there are more than {MOST_COMPARED:,} accounts, of which none is filtered or sorted"
_OPEN = (
    f"what they come to is worked out of {MOST_ROLLED_UP:,} accounts at most, and the traits that"
    " are tested leave more of them open"
)
_READ = (
    f"they have more than {MOST_EVENTS:,} events, members and accounts below them to look at:"
    " test more traits"
)


class AccountsTooMany(Invalid):
    """More accounts are in question than can be compared for one answer."""

    code = "ACCOUNTS_TOO_MANY"


class _Asked(NamedTuple):
    """Who is asked for, in which order, and which roll-ups that takes."""

    condition: ValueCondition
    orders: Orders
    rolled_up: frozenset[str]


def listing_of(catalog: Catalog) -> Callable[..., Any]:
    """The resolver of `Query.accounts`; what a catalog has nothing of is no argument of it."""
    listing = _Listing(catalog, compared_of(catalog.accounts))

    async def accounts(
        info: Info,
        filter: Any = None,  # noqa: ANN401 - the argument's name; its type is the catalog's
        order_by: Any = None,  # noqa: ANN401
        first: FirstEdges = None,
        after: After = None,
    ) -> Any:  # noqa: ANN401 - of the type that is made
        return await listing.answer(
            info, filter, order_by, PageRequest.of(first, after, None, None)
        )

    async def unsorted(
        info: Info,
        filter: Any = None,  # noqa: ANN401
        first: FirstEdges = None,
        after: After = None,
    ) -> Any:  # noqa: ANN401
        request = PageRequest.of(first, after, None, None)
        return await listing.answer(info, filter, None, request)

    if not listing.compared:
        return accounts_by_id
    order: Any = account_order(listing.compared)
    made = unsorted if order is None else accounts
    filter_type: Any = account_filter(listing.compared)
    made.__annotations__["filter"] = _argument(filter_type, _FILTER)
    if order is not None:
        made.__annotations__["order_by"] = _argument(list[order], _ORDER)
    return made


def _argument(type_: Any, description: str) -> Any:  # noqa: ANN401 - made types
    return Annotated[type_ | None, strawberry.argument(description=description)]


@dataclass(frozen=True, slots=True)
class _Listing:
    """Lists the accounts of one catalog."""

    catalog: Catalog
    compared: Compared

    async def answer(
        self,
        info: Info,
        given: object,
        order_by: object,
        request: PageRequest,
    ) -> object:
        """A page. Raises `Invalid`: `AccountsTooMany`, and what reading the arguments does."""
        rules = account_rules(self.catalog)
        condition, orders = condition_of(given, self.compared, rules), orders_of(order_by)
        if condition == EVERYBODY and not orders:
            return await page_by_id(info, request)
        context = info.context
        asked = self._asked(condition, orders)
        if asked.rolled_up:
            context.refuse_small_groups()
        cursors = Cursors(context.sealer, orders)
        after = cursors.read(request.after)
        if after is not None and not is_of(after, orders, self.compared):
            # It was made by a catalog of before.
            raise CursorInvalid
        found = in_order([one async for one in self._matching(context, asked)], orders)
        later = [one for one in found if after is None or is_beyond(one, after, orders)]
        page = request.cut(later[: request.probe])
        types: Any = context.types
        edges = [
            types.edge(cursor=cursors.write(one), node=types.account.of(one.id))
            for one in page.edges
        ]
        page_info = PageInfo.of(page, [one.cursor for one in edges])
        return types.connection(edges=edges, page_info=page_info)

    def _asked(self, condition: ValueCondition, orders: Orders) -> _Asked:
        computed = self.catalog.accounts.computed
        tested = (leaf.name for leaf in leaves(condition) if leaf.name in computed)
        sorted_by = (one.by for one in orders if one.by in computed)
        return _Asked(condition, orders, frozenset((*tested, *sorted_by)))

    async def _matching(self, context: GraphContext, asked: _Asked) -> AsyncIterator[Place]:
        """Where the accounts stand that meet the condition."""
        is_sorted = any(one.by in asked.rolled_up for one in asked.orders)
        rolled_up = 0
        async for account, traits in self._traits(context):
            holds = decided(asked.condition, traits, asked.rolled_up)
            if holds is False:
                continue
            values = traits
            if holds is None or is_sorted:
                rolled_up += 1
                if rolled_up > MOST_ROLLED_UP:
                    raise AccountsTooMany(_OPEN)
                values = {**traits, **await self._come_to(context, account, asked)}
                holds = asked.condition.holds(values)
            if holds:
                yield place_of(account, values, asked.orders)

    async def _traits(self, context: GraphContext) -> AsyncIterator[tuple[str, Values]]:
        """All accounts with their traits, by id."""
        seen, last = 0, ""
        while ids := await context.reader.page(last, _AT_ONCE):
            seen, last = seen + len(ids), ids[-1]
            if seen > MOST_COMPARED:
                raise AccountsTooMany(_ALL)
            records = await context.answers.records(ids)
            for id_ in ids:
                traits = golden_traits(records.get(id_, ()), self.catalog)
                yield id_, fitting(traits, self.compared)
            # All of them are many, and others wait, as a deadline does.
            await asyncio.sleep(0)

    async def _come_to(self, context: GraphContext, account: str, asked: _Asked) -> Values:
        found = await context.rolling_up.of(account, asked.rolled_up)
        if context.rolling_up.read > MOST_EVENTS:
            raise AccountsTooMany(_READ)
        return fitting(found, self.compared)
