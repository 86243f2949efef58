"""Can every field be answered from everywhere that its type is found?

Walks all that could be asked, from type to type, as a client might. At each step it is known in
which subgraphs the answer may stand by then; a field that none of them answers, nor any subgraph
that a key leads to, could be asked and never be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from graphql import GraphQLObjectType

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph
from c360_federation.plan.options import INFEASIBLE, Hop, Local, PlannerState
from c360_federation.plan.search import Search, state_below
from c360_federation.selection import TYPENAME, Field, Fragment, Item, Items
from c360_federation.supergraph.model import GraphField, GraphType, Supergraph


class Place(NamedTuple):
    """A subgraph where the answer stands, with the type that it has there."""

    graph: str
    type: str
    provided: Items = ()


_Places: TypeAlias = frozenset[Place]


def check_satisfiable(
    supergraph: Supergraph, subgraphs: Sequence[Subgraph], problems: ProblemList
) -> None:
    """Note every field that could be asked where nobody can answer it."""
    walk = _Walk(_without_overridden(supergraph, subgraphs), problems)
    walk.run()


class _ConditionSearch(Search):
    """Does not ask the subgraph that a key leads to for what the key itself needs."""

    def below(self, item: Field, at: PlannerState, field: GraphField) -> PlannerState:
        """Where the children of a field stand."""
        return state_below(item, at, field)._replace(visited=at.visited)


class _Walk:
    def __init__(self, supergraph: Supergraph, problems: ProblemList) -> None:
        self._supergraph = supergraph
        self._search = _ConditionSearch(supergraph)
        self._problems = problems
        self._waiting: list[tuple[str, _Places]] = []
        self._seen: dict[str, list[_Places]] = {}

    def run(self) -> None:
        for root in self._supergraph.roots.values():
            self._stand(root, self._everywhere(root))
        while self._waiting:
            type_name, places = self._waiting.pop()
            for field in self._shown_fields(type_name):
                self._follow(type_name, field, places)

    def _shown_fields(self, type_name: str) -> Iterable[str]:
        """The fields of a type that clients see."""
        shown = self._supergraph.schema.type_map.get(type_name)
        return tuple(shown.fields) if isinstance(shown, GraphQLObjectType) else ()

    def _everywhere(self, root: str) -> _Places:
        """Every subgraph that has a root type: it can be entered anew in each."""
        graphs = self._supergraph.graphs
        return frozenset(
            Place(graph, root) for graph in graphs if self._supergraph.type_in(graph, root)
        )

    def _stand(self, type_name: str, places: _Places) -> None:
        """Come to a concrete type; where fewer places were enough, these are as well."""
        seen = self._seen.setdefault(type_name, [])
        if not places or any(one <= places for one in seen):
            return
        seen.append(places)
        self._waiting.append((type_name, places))

    def _follow(self, type_name: str, field: str, places: _Places) -> None:
        arrived: set[Place] = set()
        answered = False
        for place in places:
            for graph, there in self._ways(type_name, field, place):
                answered = True
                declared = self._supergraph.field_in(graph, there.type, field)
                if declared is not None:
                    below = state_below(Field(field, field), there, declared)
                    arrived.add(Place(graph, below.type, below.provided))
        if answered:
            self._arrive(type_name, field, frozenset(arrived))
        else:
            self._unsatisfied(type_name, field, places)

    def _ways(self, type_name: str, field: str, place: Place) -> Iterator[tuple[str, PlannerState]]:
        """The subgraphs that may answer a field, and what they then stand on."""
        item = Field(field, field)
        at = PlannerState(place.graph, place.type, place.provided)
        is_of_place = field in self._supergraph.facts[place.type].fields
        if place.type == type_name or is_of_place:
            for option in self._search.ways(item, at):
                if isinstance(option.choice, Local):
                    yield place.graph, at
                elif isinstance(option.choice, Hop):
                    there = PlannerState(option.choice.graph, option.choice.target)
                    if self._can_fill(field, there):
                        yield there.graph, there
            return
        # Of an interface object only what it has itself is known; its types are known elsewhere.
        condition: Item = Fragment(type_name, (item,))
        for option in self._search.options(condition, at):
            if isinstance(option.choice, Hop):
                graph = option.choice.graph
                yield graph, PlannerState(graph, type_name)

    def _can_fill(self, field: str, there: PlannerState) -> bool:
        """Whether what a field requires is found from the subgraph that answers it."""
        declared = self._supergraph.field_in(there.graph, there.type, field)
        if declared is None or not declared.requires:
            return True
        chain = frozenset(((there.type, field),))
        return self._search.cost_of(declared.requires, there._replace(chain=chain)) < INFEASIBLE

    def _arrive(self, owner: str, field: str, places: _Places) -> None:
        """Stand on each type that the answer may turn out to be."""
        for named in dict.fromkeys(place.type for place in places):
            facts = self._supergraph.facts.get(named)
            if facts is None:
                continue
            here = frozenset(place for place in places if place.type == named)
            if named in self._supergraph.roots.values():
                here = self._everywhere(named)
            if facts.is_abstract:
                self._check_runtime_types(owner, field, here)
            if facts.is_abstract and facts.possible:
                self._check_typename(here)
            for concrete in facts.possible:
                found = frozenset(self._as_type(concrete, here))
                # Where one subgraph never answers a type, asking that one answers nothing of it.
                if len({place.graph for place in found}) == len({place.graph for place in here}):
                    self._stand(concrete, found)

    def _as_type(self, concrete: str, places: _Places) -> Iterator[Place]:
        for place in places:
            declared = self._supergraph.type_in(place.graph, place.type)
            if declared is None:
                continue
            if declared.is_interface_object or place.type == concrete:
                yield place
            elif declared.is_abstract and concrete in declared.possible:
                left = self._supergraph.type_in(place.graph, concrete)
                if left is not None and left.fields:
                    yield Place(place.graph, concrete, place.provided)

    def _check_typename(self, places: _Places) -> None:
        """Of an interface object it must be found out what it is."""
        item = Field(TYPENAME, TYPENAME)
        for place in places:
            at = PlannerState(place.graph, place.type, place.provided)
            if self._search.options(item, at):
                return
        if places:
            self._unsatisfied(next(iter(places)).type, TYPENAME, places)

    def _check_runtime_types(self, owner: str, field: str, places: _Places) -> None:
        """What several subgraphs answer alike must be able to be the same."""
        sharing = [
            graph
            for graph in self._supergraph.graphs
            if (one := self._supergraph.field_in(graph, owner, field)) and not one.external
        ]
        found = {
            place.graph: declared.possible
            for place in places
            if place.graph in sharing
            and (declared := self._supergraph.type_in(place.graph, place.type))
            and declared.is_abstract
        }
        if len(found) < 2 or not any(found.values()):
            return
        coordinate = f"{owner}.{field}"
        graphs = [self._supergraph.graphs[one].name for one in found]
        if not frozenset.intersection(*found.values()):
            message = (
                f"{coordinate} is shared by {', '.join(map(repr, graphs))}, but no type that one "
                "of them may give is known to the others. Give it types in common."
            )
            code = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
            self._problems.add(code, message, graphs, coordinate)
        elif len(set(found.values())) > 1:
            text = f"{coordinate} may be of different types in {', '.join(map(repr, graphs))}."
            self._problems.hint("INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", text, coordinate)

    def _unsatisfied(self, type_name: str, field: str, places: Iterable[Place]) -> None:
        graphs = sorted({self._supergraph.graphs[place.graph].name for place in places})
        coordinate = f"{type_name}.{field}"
        owners = [
            graph.name
            for graph in self._supergraph.graphs.values()
            if self._supergraph.field_in(graph.id, type_name, field) is not None
        ]
        message = (
            f"{coordinate} cannot be answered when {type_name} comes from "
            f"{' or '.join(map(repr, graphs))}: no path of keys leads to a subgraph that has it. "
            "Give the type a resolvable @key whose fields that subgraph knows."
        )
        self._problems.add("SATISFIABILITY_ERROR", message, owners or graphs, coordinate)


def _without_overridden(supergraph: Supergraph, subgraphs: Sequence[Subgraph]) -> Supergraph:
    """A field that moved is not answered where it came from, not even as part of a key."""
    types = {
        subgraph.graph: {
            name: _as_foreign(declared, subgraph)
            for name, declared in supergraph.types_by_graph[subgraph.graph].items()
        }
        for subgraph in subgraphs
    }
    return replace(supergraph, types_by_graph=types)


def _as_foreign(declared: GraphType, subgraph: Subgraph) -> GraphType:
    foreign = subgraph.types.get(declared.name)
    moved = (
        {name for name, one in foreign.fields.items() if one.used_overridden} if foreign else set()
    )
    if not moved:
        return declared
    fields: Mapping[str, GraphField] = {
        name: replace(one, external=True) if name in moved else one
        for name, one in declared.fields.items()
    }
    return replace(declared, fields=fields)
