"""Selection in, plan out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from c360_federation.plan.drafts import GroupDraft
from c360_federation.plan.model import Plan
from c360_federation.plan.options import HOP, INFEASIBLE, PlannerState, total
from c360_federation.plan.placement import Cursor, Placement, PlanInfeasible
from c360_federation.plan.search import Search
from c360_federation.plan.writing import write_plan
from c360_federation.selection import Field, Fragment, Item, Items, single_leaf_chains
from c360_federation.supergraph.model import Supergraph


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is to be planned; variable declarations are as the caller wrote them."""

    operation: str
    name: str | None
    items: Items
    declarations: tuple[tuple[str, str], ...] = ()


def make_plan(supergraph: Supergraph, request: PlanRequest) -> Plan:
    """Plan an operation; raises PlanInfeasible when no combination of subgraphs answers it."""
    search = Search(supergraph)
    root = supergraph.roots[request.operation]
    items = tuple(_root_fields(request.items, root))
    placement = Placement(supergraph, search, items)
    run = _RootRun(supergraph, search, placement, root)
    if request.operation == "query":
        run.place_together(items)
    else:
        run.place_in_series(items, request.operation)
    return write_plan(supergraph, placement.groups, request.name, dict(request.declarations))


def _root_fields(items: Items, root: str) -> Iterator[Field]:
    """The root selection without fragments and without what needs no subgraph."""
    for item in items:
        if isinstance(item, Fragment):
            yield from _root_fields(item.children, root)
        elif not item.name.startswith("__"):
            yield item


class _RootRun:
    """Chooses the graph of each root field."""

    def __init__(
        self, supergraph: Supergraph, search: Search, placement: Placement, root: str
    ) -> None:
        self._supergraph = supergraph
        self._search = search
        self._placement = placement
        self._root = root
        self._open: dict[str, Cursor] = {}

    def place_together(self, items: tuple[Field, ...]) -> None:
        for item in sorted(items, key=lambda item: len(self._feasible(item))):
            self._place_query_field(item)

    def place_in_series(self, items: tuple[Field, ...], operation: str) -> None:
        for item in items:
            feasible = self._feasible(item)
            if not feasible:
                raise PlanInfeasible(f"{self._root}.{item.name}")
            graph = min(feasible, key=lambda name: feasible[name])
            cursor = self._placement.open_group(
                graph, operation, self._root, self._placement.groups
            )
            self._placement.place_item(item, cursor)

    def _place_query_field(self, item: Item) -> None:
        feasible = self._feasible(item)
        if feasible:
            graph = min(feasible, key=lambda name: self._with_opening(name, feasible[name]))
            self._placement.place_item(item, self._cursor(graph))
            return
        chains = list(single_leaf_chains(item))
        if len(chains) < 2:
            name = item.name if isinstance(item, Field) else item.on
            raise PlanInfeasible(f"{self._root}.{name}")
        for chain in sorted(chains, key=lambda chain: len(self._feasible(chain))):
            self._place_query_field(chain)

    def _feasible(self, item: Item) -> dict[str, int]:
        """The cost in each graph that can answer this root field itself."""
        costs: dict[str, int] = {}
        for graph in self._supergraph.graphs:
            cost = self._search.root_cost(item, PlannerState(graph, self._root))
            if cost < INFEASIBLE:
                costs[graph] = cost
        return costs

    def _with_opening(self, graph: str, cost: int) -> int:
        return total(cost, 1 if graph in self._open else HOP)

    def _cursor(self, graph: str) -> Cursor:
        if graph not in self._open:
            self._open[graph] = self._placement.open_group(graph, "query", self._root)
        return self._open[graph]


__all__ = ["GroupDraft", "PlanInfeasible", "PlanRequest", "make_plan"]
