"""The supergraph as the planner sees it: who knows which type and field, and how to get there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from c360_federation.selection import Items
from c360_federation.supergraph.costs import Costs


@dataclass(frozen=True, slots=True)
class Graph:
    """One subgraph: its enum value in the supergraph, its name and its URL."""

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Key:
    """A field set that identifies an entity in one subgraph."""

    fields: Items
    text: str
    resolvable: bool


@dataclass(frozen=True, slots=True)
class GraphField:
    """A field as one subgraph declares it."""

    name: str
    type: str
    named_type: str
    shape: str
    external: bool = False
    requires: Items = ()
    provides: Items = ()


@dataclass(frozen=True, slots=True)
class GraphType:
    """A composite type as one subgraph declares it."""

    name: str
    is_abstract: bool
    is_interface_object: bool
    keys: tuple[Key, ...]
    fields: Mapping[str, GraphField]
    possible: frozenset[str]


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What all subgraphs together know about a composite type."""

    name: str
    kind: str
    fields: Mapping[str, str]
    interfaces: frozenset[str]
    possible: frozenset[str]

    @property
    def is_abstract(self) -> bool:
        """Whether objects of this type have a type of their own."""
        return self.kind != "object"


@dataclass(frozen=True, slots=True)
class Supergraph:
    """Everything read from one supergraph SDL."""

    graphs: Mapping[str, Graph]
    types_by_graph: Mapping[str, Mapping[str, GraphType]]
    facts: Mapping[str, TypeFacts]
    roots: Mapping[str, str]
    schema: GraphQLSchema
    tags: Mapping[str, frozenset[str]]
    hidden_enum_values: Mapping[str, frozenset[str]] = field(
        default_factory=dict[str, frozenset[str]]
    )
    costs: Costs = field(default_factory=Costs)

    def type_in(self, graph: str, name: str) -> GraphType | None:
        """The type as `graph` declares it, or None."""
        return self.types_by_graph[graph].get(name)

    def field_in(self, graph: str, type_name: str, field_name: str) -> GraphField | None:
        """The field as `graph` declares it, or None."""
        declared = self.types_by_graph[graph].get(type_name)
        return None if declared is None else declared.fields.get(field_name)

    def possible(self, name: str) -> frozenset[str]:
        """The object types that `name` may turn out to be, over all subgraphs."""
        facts = self.facts.get(name)
        return frozenset() if facts is None else facts.possible
