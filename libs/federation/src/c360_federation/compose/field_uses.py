"""Which fields the field sets of a subgraph select, and whether they may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef
from c360_federation.errors import SupergraphError
from c360_federation.selection import TYPENAME, Field, Fragment, Items
from c360_federation.supergraph.field_sets import parse_field_set

Coordinate = tuple[str, str]
_COMPOSITE = frozenset(("object", "interface", "union"))


def named_type(node: TypeNode) -> str:
    """The name inside lists and non-nulls."""
    while isinstance(node, (NonNullTypeNode, ListTypeNode)):
        node = node.type
    assert isinstance(node, NamedTypeNode)
    return node.name.value


@dataclass(frozen=True, slots=True)
class _Set:
    """Where a field set stands."""

    kind: str
    where: str


class FieldUses:
    """Walks every field set of one subgraph."""

    def __init__(self, subgraph: Subgraph, problems: ProblemList) -> None:
        self._subgraph = subgraph
        self._problems = problems
        self.keys: set[Coordinate] = set()
        self.all: set[Coordinate] = set()

    def collect(self) -> None:
        """Find every use; what a field set may not select becomes a problem."""
        for owner in self._subgraph.types.values():
            for key in owner.keys:
                used = set(self._walk(_Set("KEY", owner.name), key.fields, owner.name))
                self.keys |= used
                self.all |= used
            for field in owner.fields.values():
                self.all.update(self._of_field(owner, field))

    def _of_field(self, owner: TypeDef, field: FieldDef) -> Iterator[Coordinate]:
        coordinate = f"{owner.name}.{field.name}"
        if field.requires is not None:
            yield from self._walk(_Set("REQUIRES", coordinate), field.requires, owner.name)
        if field.provides is not None:
            below = named_type(field.type)
            if self._kind(below) in _COMPOSITE:
                yield from self._walk(_Set("PROVIDES", coordinate), field.provides, below)
            else:
                told = f"its type {below} has no fields. Remove the directive"
                self._problem("PROVIDES_ON_NON_OBJECT_FIELD", _Set("PROVIDES", coordinate), told)

    def _walk(self, place: _Set, text: str, root: str) -> Iterator[Coordinate]:
        try:
            items = parse_field_set(text)
        except SupergraphError as error:
            self._invalid(place, f"{error}. Correct the field set")
            return
        yield from self._items(place, items, root, is_foreign=False)

    def _items(
        self, place: _Set, items: Items, type_name: str, *, is_foreign: bool
    ) -> Iterator[Coordinate]:
        for item in items:
            if isinstance(item, Fragment):
                yield from self._items(place, item.children, item.on, is_foreign=is_foreign)
            elif item.name != TYPENAME:
                yield from self._item(place, item, type_name, is_foreign)

    def _item(
        self, place: _Set, item: Field, type_name: str, is_foreign: bool
    ) -> Iterator[Coordinate]:
        owner = self._subgraph.types.get(type_name)
        field = None if owner is None else owner.fields.get(item.name)
        if owner is None or field is None:
            told = f"it selects {type_name}.{item.name}, which the subgraph does not define"
            self._invalid(place, f"{told}. Define it there, with @external if it is foreign")
            return
        yield type_name, item.name
        below = named_type(field.type)
        is_foreign = is_foreign or field.external or owner.has("external")
        self._check(place, item, field, type_name, is_foreign)
        yield from self._items(place, item.children, below, is_foreign=is_foreign)

    def _check(
        self, place: _Set, item: Field, field: FieldDef, type_name: str, is_foreign: bool
    ) -> None:
        coordinate = f"{type_name}.{item.name}"
        kind = self._kind(named_type(field.type))
        if (kind in _COMPOSITE) != bool(item.children):
            remedy = "Select fields of it" if kind in _COMPOSITE else "Select nothing below it"
            self._invalid(place, f"{coordinate} is {kind or 'a scalar'}. {remedy}")
        elif place.kind == "KEY":
            self._check_key(place, item, field, coordinate)
        elif not (is_foreign or item.children or self._may_be_foreign(type_name)):
            told = f"{coordinate} is not @external. Mark it so, or drop it from the field set"
            self._problem(f"{place.kind}_FIELDS_MISSING_EXTERNAL", place, told)

    def _check_key(self, place: _Set, item: Field, field: FieldDef, coordinate: str) -> None:
        if item.arguments or field.arguments:
            told = f"{coordinate} takes arguments. A key is made of plain fields"
            self._problem("KEY_FIELDS_HAS_ARGS", place, told)
        elif self._kind(named_type(field.type)) in ("interface", "union"):
            told = f"{coordinate} is an interface or union. Choose a field that identifies"
            self._problem("KEY_FIELDS_SELECT_INVALID_TYPE", place, told)

    def _may_be_foreign(self, type_name: str) -> bool:
        """An interface leaves it to its types what is foreign; federation 1 to nobody."""
        return self._subgraph.is_federation_1 or self._kind(type_name) == "interface"

    def _kind(self, type_name: str) -> str | None:
        found = self._subgraph.types.get(type_name)
        return None if found is None else found.kind

    def _invalid(self, place: _Set, told: str) -> None:
        self._problem(f"{place.kind}_INVALID_FIELDS", place, told)

    def _problem(self, code: str, place: _Set, told: str) -> None:
        name = self._subgraph.name
        message = (
            f"@{place.kind.lower()} on {place.where} in subgraph {name!r} is not valid: {told}."
        )
        self._problems.add(code, message, (name,), place.where)
