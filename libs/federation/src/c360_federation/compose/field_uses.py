"""Which fields the field sets of a subgraph select, and whether they exist."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef
from c360_federation.errors import SupergraphError
from c360_federation.selection import TYPENAME, Fragment, Items
from c360_federation.supergraph.field_sets import parse_field_set

Coordinate = tuple[str, str]


def named_type(node: TypeNode) -> str:
    """The name inside lists and non-nulls."""
    while isinstance(node, (NonNullTypeNode, ListTypeNode)):
        node = node.type
    assert isinstance(node, NamedTypeNode)
    return node.name.value


class FieldUses:
    """Walks every field set of one subgraph."""

    def __init__(self, subgraph: Subgraph, problems: ProblemList) -> None:
        self._subgraph = subgraph
        self._problems = problems
        self.keys: set[Coordinate] = set()
        self.all: set[Coordinate] = set()

    def collect(self) -> None:
        """Find every use; unknown fields become problems."""
        for owner in self._subgraph.types.values():
            for key in owner.keys:
                used = set(self._walk("KEY", owner.name, key.fields, owner.name))
                self.keys |= used
                self.all |= used
            for field in owner.fields.values():
                self.all.update(self._of_field(owner, field))

    def _of_field(self, owner: TypeDef, field: FieldDef) -> Iterator[Coordinate]:
        coordinate = f"{owner.name}.{field.name}"
        if field.requires is not None:
            yield from self._walk("REQUIRES", coordinate, field.requires, owner.name)
        if field.provides is not None:
            below = named_type(field.type)
            yield from self._walk("PROVIDES", coordinate, field.provides, below)

    def _walk(self, what: str, where: str, text: str, root: str) -> Iterator[Coordinate]:
        try:
            items = parse_field_set(text)
        except SupergraphError as error:
            self._problem(what, where, str(error))
            return
        yield from self._items(what, where, items, root)

    def _items(self, what: str, where: str, items: Items, type_name: str) -> Iterator[Coordinate]:
        for item in items:
            if isinstance(item, Fragment):
                yield from self._items(what, where, item.children, item.on)
            elif item.name != TYPENAME:
                field = self._field(type_name, item.name)
                if field is None:
                    told = f"it selects {type_name}.{item.name}, which the subgraph does not define"
                    self._problem(what, where, told)
                    continue
                yield type_name, item.name
                yield from self._items(what, where, item.children, named_type(field.type))

    def _field(self, type_name: str, name: str) -> FieldDef | None:
        owner = self._subgraph.types.get(type_name)
        return None if owner is None else owner.fields.get(name)

    def _problem(self, what: str, where: str, told: str) -> None:
        name = self._subgraph.name
        message = (
            f"@{what.lower()} on {where} in subgraph {name!r} is not valid: {told}. "
            "Correct the field set or define the field there (with @external if it is foreign)."
        )
        self._problems.add(f"{what}_INVALID_FIELDS", message, (name,), where)
