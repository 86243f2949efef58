"""The doors under the catalog of the moment: the gateway's own subgraph is one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.subgraph import Subgraph
from graphql import GraphQLSchema

from c360_gateway.doors.tracking.door import Tracked


@dataclass(frozen=True, slots=True)
class Collecting:
    """What a catalog makes of the doors."""

    subgraph: Subgraph
    tracked: Tracked


class LiveCollecting:
    """Made anew for each catalog; what is being answered stays with the one it began with."""

    def __init__(self, make: Callable[[Catalog], Collecting], catalog: Catalog) -> None:
        self._make = make
        self._now = make(catalog)

    def take(self, catalog: Catalog) -> None:
        """Check items by this catalog from now on."""
        self._now = self._make(catalog)

    def tracked(self) -> Tracked:
        """What takes tracking calls now."""
        return self._now.tracked

    @property
    def schema(self) -> GraphQLSchema:
        """The schema under the catalog of the moment."""
        return self._now.subgraph.schema

    def sdl(self) -> str:
        """Its federation SDL under the catalog of the moment."""
        return self._now.subgraph.sdl()

    async def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> dict[str, Any]:
        """Run one operation under the catalog of the moment, to its end."""
        return await self._now.subgraph.execute(query, variables, operation_name, caller)
