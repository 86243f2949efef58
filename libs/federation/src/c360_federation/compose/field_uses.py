"""Which fields the field sets of a subgraph select, valid or not."""

from __future__ import annotations

from collections.abc import Iterator

from c360_federation.compose.rules.field_sets import field_set_text, field_sets
from c360_federation.compose.subgraph import Subgraph
from c360_federation.errors import SupergraphError
from c360_federation.selection import TYPENAME, Fragment, Items
from c360_federation.supergraph.field_sets import parse_field_set
from c360_federation.supergraph.type_names import base_name

Coordinate = tuple[str, str]


class FieldUses:
    """Walks every field set of one subgraph."""

    def __init__(self, subgraph: Subgraph) -> None:
        self._subgraph = subgraph
        self.keys: set[Coordinate] = set()
        self.provided: set[Coordinate] = set()
        self.all: set[Coordinate] = set()
        self._collect()

    def _collect(self) -> None:
        for place, node in field_sets(self._subgraph):
            text = field_set_text(node, is_federation_1=self._subgraph.is_federation_1)
            try:
                items = parse_field_set(text or "")
            except SupergraphError:
                continue
            used = set(self._items(items, place.root))
            self.all |= used
            if place.directive == "key":
                self.keys |= used
            elif place.directive == "provides":
                self.provided |= used

    def select(self, text: str, type_name: str) -> set[Coordinate] | None:
        """What a field set selects that the subgraph knows; None when something of it is not."""
        try:
            items = parse_field_set(text)
        except SupergraphError:
            return None
        known = set(self._items(items, type_name))
        return known or None

    def _items(self, items: Items, type_name: str) -> Iterator[Coordinate]:
        for item in items:
            if isinstance(item, Fragment):
                yield from self._items(item.children, item.on)
            elif item.name != TYPENAME:
                owner = self._subgraph.types.get(type_name)
                if owner is None or item.name not in owner.fields:
                    continue
                yield from self._of_field(type_name, item.name)
                below = base_name(owner.fields[item.name].type)
                yield from self._items(item.children, below)

    def _of_field(self, type_name: str, name: str) -> Iterator[Coordinate]:
        """The field and, of an interface, what implements it."""
        yield type_name, name
        if self._subgraph.types[type_name].kind == "interface":
            for one in self._subgraph.types.values():
                if type_name in one.interfaces and name in one.fields:
                    yield one.name, name
