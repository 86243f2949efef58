"""The catalog of a gateway: who follows it, and that policy agrees before it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from c360_kernel.catalog.model import Catalog
from c360_policy.mask.kinds import NO_CATALOG, ValueKinds, kinds_of
from c360_policy.reading.names import Known, Vocabulary, refuse_unknown
from c360_policy.schema.catalog_tags import after_change
from c360_policy.store.port import PolicyStore
from c360_policy.table import Coordinates
from typing_extensions import override

from c360_gateway.app import Refreshable
from c360_gateway.policy.declared import NOTHING_DECLARED, DeclaredCatalog
from c360_gateway.policy.live_catalog import LiveCatalog
from c360_gateway.query.pipeline import Pipeline
from c360_gateway.supergraph.source import SupergraphSource

_MOST_SHOWN = 20


class Followers(Protocol):
    """Those of this process who take a catalog when the gateway does."""

    async def take(self, catalog: Catalog) -> None:
        """Take it, or begin to."""
        ...

    def work(self) -> Mapping[str, str]:
        """What is still under way for it, by part."""
        ...


class _Nobody(Followers):
    @override
    async def take(self, catalog: Catalog) -> None: ...

    @override
    def work(self) -> Mapping[str, str]:
        return {}


NOBODY: Followers = _Nobody()


@dataclass(frozen=True, slots=True)
class CatalogParts:
    """The catalog as it is now, if there is one, and what policy may name by it.

    `take` hands a changed one to all of this process that follow it.
    """

    names: Vocabulary
    live: LiveCatalog | None = None
    take: Callable[[Catalog], Awaitable[None]] = NOBODY.take
    followers: Followers = NOBODY

    def kinds(self) -> ValueKinds:
        """What kinds of values tags stand for."""
        return NO_CATALOG if self.live is None else kinds_of(self.live.in_force)

    @property
    def declared(self) -> DeclaredCatalog:
        """What it tells policy."""
        return NOTHING_DECLARED if self.live is None else self.live

    def state(self, pipeline: Pipeline) -> Mapping[str, Any]:
        """How the catalog in its file, and what services say of it, differ from what holds."""
        state: dict[str, Any] = {}
        if work := self.followers.work():
            state["work"] = work
        if self.live is not None and self.live.refused is not None:
            state["refused"] = True
            state["code"] = self.live.refused.code
        if pipeline.graph is not None and (differing := pipeline.graph.tables.differing):
            state["differs"] = differing[:_MOST_SHOWN]
        return state

    def refreshed(
        self, pipeline: Pipeline, store: PolicyStore, supergraph_source: SupergraphSource
    ) -> Sequence[Refreshable]:
        """The catalog, which holds only once policy knows its tags for the graph in use."""
        live = self.live
        if live is None:
            return ()

        def agree(declared: Coordinates) -> None:
            if pipeline.graph is not None:
                tables = pipeline.graph.tables
                self.names.use(tables.with_declared(declared), tables.inapplicable, store.current)

        def allow(catalog: Catalog) -> None:
            if pipeline.graph is not None:
                served = pipeline.graph.tables.coordinates
                coordinates = after_change(served, live.in_force, catalog)
                purposes, inapplicable = (
                    frozenset(catalog.purposes),
                    pipeline.graph.tables.inapplicable,
                )
                known = Known(coordinates, purposes, inapplicable, catalog.traits)
                refuse_unknown(store.current(), known)

        async def changed(catalog: Catalog) -> None:
            await self.take(catalog)
            self.names.take(catalog)
            await supergraph_source.renew()

        live.agree, live.allow, live.changed = agree, allow, changed
        return (live,)
