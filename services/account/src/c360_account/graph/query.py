"""Where questions about accounts begin."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest

from c360_account.graph.context import Info
from c360_account.graph.cursors import Cursors

AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account's id.")]


async def account(info: Info, id: AccountId) -> Any:  # noqa: ANN401 - of the type that is made
    """The account that an id names now, or once named."""
    return await info.context.types.account.resolve_reference(info, id)


async def accounts(info: Info, first: FirstEdges = None, after: After = None) -> Any:  # noqa: ANN401 - of the type that is made
    """A page of accounts by their ids."""
    return await page_by_id(info, PageRequest.of(first, after, None, None))


async def page_by_id(info: Info, request: PageRequest) -> object:
    """All accounts by their ids, from a place on."""
    after = Cursors(info.context.sealer, ()).read(request.after)
    found = await info.context.reader.page("" if after is None else after.id, request.probe)
    page = request.cut(found)
    types: Any = info.context.types
    edges = [types.edge(cursor=id_, node=types.account.of(id_)) for id_ in page.edges]
    page_info = PageInfo.of(page, list(page.edges))
    return types.connection(edges=edges, page_info=page_info)
