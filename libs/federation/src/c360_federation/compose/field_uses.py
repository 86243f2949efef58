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
        """What a field set selects; None when it is not a whole one."""
        try:
            items = parse_field_set(text)
        except SupergraphError:
            return None
        return set(self._items(items, type_name)) if self._is_whole(items, type_name) else None

    def _is_whole(self, items: Items, type_name: str) -> bool:
        """Whether everything selected is known and selected down to its leaves."""
        owner = self._subgraph.types.get(type_name)
        for item in items:
            if isinstance(item, Fragment):
                if not self._is_whole(item.children, item.on):
                    return False
                continue
            field = owner.fields.get(item.name) if owner else None
            if field is None:
                return False
            below = self._subgraph.types.get(base_name(field.type))
            is_leaf = below is None or below.kind in ("scalar", "enum")
            if is_leaf == bool(item.children):
                return False
            if item.children and not self._is_whole(item.children, base_name(field.type)):
                return False
        return bool(items)

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
