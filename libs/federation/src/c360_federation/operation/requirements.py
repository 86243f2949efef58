"""The coordinates that answering a field pulls in through `@requires`, transitively."""

from __future__ import annotations

from collections.abc import Iterator

from c360_federation.selection import TYPENAME, Fragment, Items
from c360_federation.supergraph.model import Supergraph


class Requirements:
    """Looks requirements up by concrete type and field; remembers what it found."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, owner: str, name: str) -> tuple[str, ...]:
        """Every coordinate needed before `owner.name` can be answered by some subgraph."""
        key = (owner, name)
        if key not in self._known:
            found: dict[str, None] = {}
            self._collect(owner, name, found)
            found.pop(f"{owner}.{name}", None)
            self._known[key] = tuple(found)
        return self._known[key]

    def _collect(self, owner: str, name: str, found: dict[str, None]) -> None:
        for needed in self._declared(owner, name):
            self._walk(needed, frozenset((owner,)), found)

    def _declared(self, owner: str, name: str) -> Iterator[Items]:
        facts = self._supergraph.facts.get(owner)
        owners = (owner, *(facts.interfaces if facts else ()))
        for graph in self._supergraph.graphs:
            for one in owners:
                field = self._supergraph.field_in(graph, one, name)
                if field is not None and field.requires:
                    yield field.requires

    def _walk(self, items: Items, types: frozenset[str], found: dict[str, None]) -> None:
        for item in items:
            if isinstance(item, Fragment):
                self._walk(item.children, types & self._supergraph.possible(item.on), found)
            elif item.name != TYPENAME:
                for owner in sorted(types):
                    self._needed(owner, item.name, item.children, found)

    def _needed(self, owner: str, name: str, children: Items, found: dict[str, None]) -> None:
        facts = self._supergraph.facts[owner]
        if name not in facts.fields:
            return
        coordinate = f"{owner}.{name}"
        if coordinate not in found:
            found[coordinate] = None
            self._collect(owner, name, found)
        self._walk(children, self._supergraph.possible(facts.fields[name]), found)
