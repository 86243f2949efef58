"""The memoised least-cost search: which options an item has, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from c360_federation.plan.options import (
    HOP,
    IMPOSSIBLE_CONDITION,
    INFEASIBLE,
    Chains,
    Choice,
    Hop,
    Local,
    Option,
    PerType,
    PlannerState,
    total,
)
from c360_federation.selection import (
    TYPENAME,
    Field,
    Fragment,
    Item,
    Items,
    leaves,
    merge_items,
    single_leaf_chains,
)
from c360_federation.supergraph.model import GraphField, GraphType, Key, Supergraph

_LOCAL = Local()


class Search:
    """Costs over one supergraph; one instance serves one planning run."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._memo: dict[tuple[Item, PlannerState], tuple[Option, ...]] = {}

    def cost_of(self, items: Items, at: PlannerState) -> int:
        """What a whole selection costs from here."""
        cost = 0
        for item in items:
            cost = total(cost, self.cost(item, at))
            if cost >= INFEASIBLE:
                break
        return cost

    def cost(self, item: Item, at: PlannerState) -> int:
        """What the cheapest option of an item costs."""
        return min((option.cost for option in self.options(item, at)), default=INFEASIBLE)

    def options(self, item: Item, at: PlannerState) -> tuple[Option, ...]:
        """Every feasible option of an item from here."""
        memo_key = (item, at)
        known = self._memo.get(memo_key)
        if known is None:
            # Whoever comes back here while it is being worked out runs in a circle.
            self._memo[memo_key] = ()
            known = self._memo[memo_key] = self._feasible(item, at)
        return known

    def _feasible(self, item: Item, at: PlannerState) -> tuple[Option, ...]:
        found = tuple(option for option in self._all(item, at) if option.cost < INFEASIBLE)
        return found or tuple(self._split(item, at))

    def _split(self, item: Item, at: PlannerState) -> Iterator[Option]:
        chains = tuple(single_leaf_chains(item))
        if len(chains) > 1:
            cost = sum(self.cost(chain, at) for chain in chains)
            if cost < INFEASIBLE:
                yield Option(cost, Chains(chains))

    def _all(self, item: Item, at: PlannerState) -> Iterator[Option]:
        declared = self._supergraph.type_in(at.graph, at.type)
        if declared is None:
            return
        if isinstance(item, Fragment):
            yield from self._fragment(item, at, declared)
        elif item.name == TYPENAME:
            yield from self._typename(item, at, declared)
        else:
            yield from self._field(item, at, declared)

    def root_cost(self, item: Item, at: PlannerState) -> int:
        """What a root field costs in the graph that is asked first."""
        declared = self._supergraph.type_in(at.graph, at.type)
        if declared is None or not isinstance(item, Field):
            return INFEASIBLE
        return self._local_cost(item, at, declared)

    def below(self, item: Field, at: PlannerState, field: GraphField) -> PlannerState:
        """Where the children of a locally answered field stand."""
        return state_below(item, at, field)

    # __typename and type conditions

    def _typename(self, item: Field, at: PlannerState, declared: GraphType) -> Iterator[Option]:
        if declared.is_interface_object:
            yield from self._to_real_interface(item, at)
        else:
            yield Option(0, _LOCAL)

    def _fragment(self, item: Fragment, at: PlannerState, declared: GraphType) -> Iterator[Option]:
        possible = self._supergraph.possible(item.on)
        if item.on == at.type:
            yield Option(self.cost_of(item.children, at), _LOCAL)
        elif declared.is_interface_object:
            if self._supergraph.possible(at.type) <= possible:
                yield Option(self.cost_of(item.children, at), _LOCAL)
            yield from self._to_real_interface(item, at)
        elif declared.is_abstract:
            types = tuple(sorted(declared.possible & possible))
            yield self._per_type(item.children, at, types)
        elif at.type in possible:
            yield Option(self.cost_of(item.children, at), _LOCAL)
        else:
            yield Option(IMPOSSIBLE_CONDITION, PerType(()))

    def _per_type(self, items: Items, at: PlannerState, types: tuple[str, ...]) -> Option:
        costs = [self.cost_of(items, at._replace(type=name)) for name in types]
        return Option(max(costs, default=IMPOSSIBLE_CONDITION), PerType(types))

    def _to_real_interface(self, item: Item, at: PlannerState) -> Iterator[Option]:
        for graph in self._supergraph.graphs:
            declared = self._supergraph.type_in(graph, at.type)
            if declared is None or not declared.is_abstract or graph in at.visited:
                continue
            there = PlannerState(graph, at.type, chain=at.chain)
            cost = total(HOP, self.cost(item, there))
            yield from self._by_key(graph, declared, at, cost, ())

    # fields

    def _field(self, item: Field, at: PlannerState, declared: GraphType) -> Iterator[Option]:
        local = self._local_cost(item, at, declared)
        if local < HOP:
            yield Option(local, _LOCAL)
        else:
            yield from self._ways(item, at, declared)

    def ways(self, item: Field, at: PlannerState) -> Iterator[Option]:
        """Every feasible way to a field, also the ones that a cheap local answer makes needless."""
        declared = self._supergraph.type_in(at.graph, at.type)
        if declared is not None:
            found = self._ways(item, at, declared)
            yield from (option for option in found if option.cost < INFEASIBLE)

    def _ways(self, item: Field, at: PlannerState, declared: GraphType) -> Iterator[Option]:
        yield Option(self._local_cost(item, at, declared), _LOCAL)
        if declared.is_abstract and declared.possible:
            yield self._per_type((item,), at, tuple(sorted(declared.possible)))
        yield from self._hops(item, at)

    def _local_cost(self, item: Field, at: PlannerState, declared: GraphType) -> int:
        field = declared.fields.get(item.name)
        if field is None:
            return INFEASIBLE
        if not self._answers(item, at, declared):
            return INFEASIBLE
        return total(1, self.cost_of(item.children, self.below(item, at, field)))

    def _answers(self, item: Field, at: PlannerState, declared: GraphType) -> bool:
        if is_provided(item.name, at.provided, declared):
            return True
        field = declared.fields.get(item.name)
        if field is None or field.external or field.requires:
            return False
        if not declared.is_abstract:
            return True
        concrete = (self._supergraph.type_in(at.graph, name) for name in declared.possible)
        return all(
            one is not None and self._answers(item, at._replace(type=one.name), one)
            for one in concrete
        )

    def _hops(self, item: Field, at: PlannerState) -> Iterator[Option]:
        for graph in self._supergraph.graphs:
            for target in self._targets(graph, at):
                field = target.fields.get(item.name)
                if field is None or field.external or (target.name, item.name) in at.chain:
                    continue
                if not _may_visit(graph, target, field, at):
                    continue
                yield from self._hop(graph, target, field, item, at)

    def _targets(self, graph: str, at: PlannerState) -> Iterator[GraphType]:
        same = self._supergraph.type_in(graph, at.type)
        if same is not None:
            yield same
        for name in self._supergraph.facts[at.type].interfaces:
            declared = self._supergraph.type_in(graph, name)
            if declared is not None and declared.is_interface_object:
                yield declared

    def _hop(
        self, graph: str, target: GraphType, field: GraphField, item: Field, at: PlannerState
    ) -> Iterator[Option]:
        there = PlannerState(graph, target.name, chain=at.chain)
        arrival = self._arrival_cost(item, there, target, field)
        if arrival >= INFEASIBLE:
            return
        needs = 0
        if field.requires:
            chain = at.chain | {(target.name, item.name)}
            needs = self.cost_of(field.requires, at._replace(visited=frozenset(), chain=chain))
        # Of two equal plans, the one that leaves less for the later request is better.
        cost = total(HOP + leaves((item,)) + arrival, needs)
        yield from self._by_key(graph, target, at, cost, field.requires)

    def _arrival_cost(
        self, item: Field, there: PlannerState, target: GraphType, field: GraphField
    ) -> int:
        if target.is_abstract:
            here = self._local_cost(item, there, target)
            return here
        return total(1, self.cost_of(item.children, self.below(item, there, field)))

    def _by_key(
        self, graph: str, target: GraphType, at: PlannerState, cost: int, requires: Items
    ) -> Iterator[Option]:
        if cost >= INFEASIBLE or not self._has_entities(graph, target):
            return
        inputs = at._replace(visited=at.visited | {graph})
        keys = [key for key in target.keys if key.resolvable]
        # A key that has to be fetched first is never cheaper than one at hand, and looking for
        # ways to it is what makes a search explode.
        for key in [key for key in keys if self._is_at_hand(key.fields, at)] or keys:
            choice: Choice = Hop(graph, target.name, key, requires)
            yield Option(total(cost, self.cost_of(key.fields, inputs)), choice)

    def _has_entities(self, graph: str, target: GraphType) -> bool:
        """An interface alone is no entity: one of its types in the graph has to be."""
        if not target.is_abstract:
            return True
        declared = (self._supergraph.type_in(graph, name) for name in target.possible)
        return any(one is not None and one.keys for one in declared)

    def _is_at_hand(self, items: Items, at: PlannerState) -> bool:
        declared = self._supergraph.type_in(at.graph, at.type)
        if declared is None:
            # Below a leaf there is nothing left to look for.
            return not items
        for item in items:
            field = declared.fields.get(item.name) if isinstance(item, Field) else None
            if not isinstance(item, Field) or field is None:
                return False
            if not self._answers(item, at, declared):
                return False
            if not self._is_at_hand(item.children, self.below(item, at, field)):
                return False
        return True


def state_below(item: Field, at: PlannerState, field: GraphField) -> PlannerState:
    """Where the children of a locally answered field stand."""
    provided = merge_items((*provided_below(item.name, at.provided, at.type), *field.provides))
    return PlannerState(at.graph, field.named_type, provided, frozenset(), at.chain)


def is_provided(name: str, provided: Items, declared: GraphType) -> bool:
    """Whether an active `@provides` set holds the field for this type."""
    return any(
        item.name == name
        if isinstance(item, Field)
        else item.on == declared.name and is_provided(name, item.children, declared)
        for item in provided
    )


def provided_below(name: str, provided: Items, type_name: str) -> Items:
    """What the active `@provides` sets say about the children of a field."""
    found: list[Item] = []
    for item in provided:
        if isinstance(item, Fragment):
            if item.on == type_name:
                found.extend(provided_below(name, item.children, type_name))
        elif item.name == name:
            found.extend(item.children)
    return tuple(found)


def _may_visit(graph: str, target: GraphType, field: GraphField, at: PlannerState) -> bool:
    if graph == at.graph and target.name == at.type:
        return bool(field.requires)
    return graph not in at.visited or (graph == at.graph and bool(field.requires))


__all__ = ["Key", "Search", "is_provided", "provided_below", "state_below"]
