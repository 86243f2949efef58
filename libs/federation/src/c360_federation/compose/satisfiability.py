"""Can every field be answered at all, starting from the roots?

Walks from type to type as the planner would. A field that can be answered from none of the
places where its type turns up could never be queried.
"""

from __future__ import annotations

from collections.abc import Iterator

from c360_federation.compose.problems import ProblemList
from c360_federation.plan.options import Hop, Local, Option, PerType, Standing
from c360_federation.plan.search import Search
from c360_federation.selection import Field
from c360_federation.supergraph.model import Supergraph


def check_satisfiable(supergraph: Supergraph, problems: ProblemList) -> None:
    """Note every field that no query can reach."""
    walk = _Walk(supergraph)
    walk.run()
    for type_name in sorted(walk.types):
        for field in supergraph.facts[type_name].fields:
            if (type_name, field) not in walk.answered:
                coordinate = f"{type_name}.{field}"
                owners = _owners(supergraph, type_name, field)
                message = (
                    f"{coordinate} cannot be answered from anywhere that {type_name} is found: "
                    "no path of keys leads to a subgraph that has it. Give the type a resolvable "
                    "@key whose fields the other subgraphs know."
                )
                problems.add("SATISFIABILITY_ERROR", message, owners, coordinate)


def _owners(supergraph: Supergraph, type_name: str, field: str) -> list[str]:
    return [
        graph.name
        for graph in supergraph.graphs.values()
        if supergraph.field_in(graph.id, type_name, field) is not None
    ]


class _Walk:
    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._search = Search(supergraph)
        self._waiting: list[tuple[str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self.types: set[str] = set()
        self.answered: set[tuple[str, str]] = set()

    def run(self) -> None:
        for root in self._supergraph.roots.values():
            for graph in self._supergraph.graphs:
                self._arrive(graph, root)
        while self._waiting:
            graph, type_name = self._waiting.pop()
            for name in self._supergraph.facts[type_name].fields:
                for option in self._options(name, graph, type_name):
                    self._follow(name, graph, type_name, option)

    def _options(self, name: str, graph: str, type_name: str) -> Iterator[Option]:
        yield from self._search.ways(Field(name, name), Standing(graph, type_name))

    def _follow(self, name: str, graph: str, type_name: str, option: Option) -> None:
        choice = option.choice
        if isinstance(choice, PerType):
            return
        self.answered.add((type_name, name))
        there = (choice.graph, choice.target) if isinstance(choice, Hop) else (graph, type_name)
        field = self._supergraph.field_in(there[0], there[1], name)
        if isinstance(choice, (Hop, Local)) and field is not None:
            self._arrive(there[0], field.named_type)

    def _arrive(self, graph: str, type_name: str) -> None:
        """Stand on a type, or on each type that it may turn out to be."""
        declared = self._supergraph.type_in(graph, type_name)
        if declared is None:
            return
        names = declared.possible if declared.is_abstract else {type_name}
        if declared.is_interface_object:
            names = {type_name}
        for name in names:
            if (graph, name) not in self._seen:
                self._seen.add((graph, name))
                self._waiting.append((graph, name))
                if not self._supergraph.facts[name].is_abstract:
                    self.types.add(name)
