"""Where questions about accounts begin."""

from __future__ import annotations

import re
from typing import Annotated, Any

import strawberry
from c360_kernel.cursors import CursorInvalid
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest

from c360_account.graph.context import Info

_ID = re.compile("c[a-z2-7]{24}")
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account's id.")]


async def account(info: Info, id: AccountId) -> Any:  # noqa: ANN401 - of the type that is made
    """The account that an id names now, or once named."""
    return await info.context.types.account.resolve_reference(info, id)


async def accounts(info: Info, first: FirstEdges = None, after: After = None) -> Any:  # noqa: ANN401 - of the type that is made
    """A page of accounts by their ids. A cursor is an id, which tells nothing and is kept."""
    request = PageRequest.of(first, after, None, None)
    if after is not None and not _ID.fullmatch(after):
        raise CursorInvalid
    page = request.cut(await info.context.reader.page(after or "", request.probe))
    types: Any = info.context.types
    edges = [types.edge(cursor=id_, node=types.account.of(id_)) for id_ in page.edges]
    page_info = PageInfo.of(page, list(page.edges))
    return types.connection(edges=edges, page_info=page_info)
