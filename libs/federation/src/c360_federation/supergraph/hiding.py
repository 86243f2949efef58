"""What is `@inaccessible` must be reachable through nothing that clients see.

Source: the inaccessible specification v0.2, with its codes. A visible interface field, a
default value or a required input that needs a hidden element would make the clients' schema
invalid, or show what was hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    ValueNode,
)

from c360_federation.supergraph.directives import is_applied
from c360_federation.supergraph.type_names import base_name

_Fielded: TypeAlias = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
_FIELDED = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)
_BUILT_IN = frozenset(("Int", "Float", "String", "Boolean", "ID"))
_EXECUTABLE = frozenset(
    ("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD",
     "INLINE_FRAGMENT", "VARIABLE_DEFINITION")
)  # fmt: skip
N = TypeVar("N", FieldDefinitionNode, InputValueDefinitionNode)


@dataclass(frozen=True, slots=True)
class HidingProblem:
    """One way in which something hidden is reached, or cannot be hidden."""

    code: str
    coordinate: str
    message: str


def hiding_problems(
    document: DocumentNode, query: str = "Query", machinery: frozenset[str] = frozenset()
) -> Iterator[HidingProblem]:
    """Everything that is wrong with what a supergraph hides.

    `machinery` are the namespaces of specifications, whose elements cannot be hidden.
    """
    yield from _Hiding(document, query, machinery).problems()


class _Hiding:
    def __init__(self, document: DocumentNode, query: str, machinery: frozenset[str]) -> None:
        self._document = document
        self._query = query
        self._machinery = machinery
        self._types: Mapping[str, TypeDefinitionNode] = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, TypeDefinitionNode)
        }
        self._hidden = {name for name, node in self._types.items() if _is_hidden(node)}

    def problems(self) -> Iterator[HidingProblem]:
        for name, node in self._types.items():
            if self._is_machinery(name):
                yield from self._disallowed(name, node)
            elif name in self._hidden:
                if name == self._query:
                    message = f"{name} is hidden, which leaves nothing to ask"
                    yield HidingProblem("QUERY_ROOT_TYPE_INACCESSIBLE", name, message)
            else:
                yield from self._visible_type(name, node)
        for node in self._document.definitions:
            if isinstance(node, DirectiveDefinitionNode):
                yield from self._directive(node)

    def _is_machinery(self, name: str) -> bool:
        prefix, found, _ = name.partition("__")
        return name in _BUILT_IN or name.startswith("__") or (
            bool(found) and prefix in self._machinery
        )  # fmt: skip

    def _disallowed(self, name: str, node: TypeDefinitionNode) -> Iterator[HidingProblem]:
        if name in self._hidden or any(_is_hidden(one) for one in _children(node)):
            message = f"{name} belongs to GraphQL or a specification and cannot be hidden"
            yield HidingProblem("DISALLOWED_INACCESSIBLE", name, message)

    def _visible_type(self, name: str, node: TypeDefinitionNode) -> Iterator[HidingProblem]:
        if self._is_emptied(node):
            message = f"{name} is visible, but everything in it is hidden; hide the type itself"
            yield HidingProblem("ONLY_INACCESSIBLE_CHILDREN", name, message)
        if isinstance(node, _FIELDED):
            for field in node.fields or ():
                yield from self._field(name, node, field)
        elif isinstance(node, InputObjectTypeDefinitionNode):
            for one in node.fields or ():
                yield from self._input(f"{name}.{one.name.value}", one)

    def _is_emptied(self, node: TypeDefinitionNode) -> bool:
        if isinstance(node, UnionTypeDefinitionNode):
            members = [one.name.value for one in node.types or ()]
            return bool(members) and all(name in self._hidden for name in members)
        children = _children(node)
        return bool(children) and all(_is_hidden(one) for one in children)

    # fields and arguments

    def _field(
        self, owner: str, node: _Fielded, field: FieldDefinitionNode
    ) -> Iterator[HidingProblem]:
        coordinate = f"{owner}.{field.name.value}"
        promised = list(self._promised(node, field.name.value))
        if _is_hidden(field):
            for interface, _ in promised:
                message = f"{coordinate} is hidden, but {interface}.{field.name.value} promises it"
                yield HidingProblem("IMPLEMENTED_BY_INACCESSIBLE", coordinate, message)
            return
        yield from self._reference(coordinate, base_name(field.type))
        for one in field.arguments or ():
            place = f"{coordinate}({one.name.value}:)"
            yield from self._input(place, one)
            if _is_hidden(one):
                yield from self._hidden_argument(place, node, field.name.value, one)

    def _promised(self, node: _Fielded, name: str) -> Iterator[tuple[str, FieldDefinitionNode]]:
        """The visible interface fields that a field implements."""
        for one in node.interfaces or ():
            interface = self._types.get(one.name.value)
            if isinstance(interface, InterfaceTypeDefinitionNode) and not _is_hidden(interface):
                field = _find(interface.fields, name)
                if field is not None and not _is_hidden(field):
                    yield one.name.value, field

    def _hidden_argument(
        self, place: str, node: _Fielded, field: str, argument: InputValueDefinitionNode
    ) -> Iterator[HidingProblem]:
        name = argument.name.value
        for interface, promised in self._promised(node, field):
            other = _find(promised.arguments, name)
            if other is not None and not _is_hidden(other):
                message = f"{place} is hidden, but {interface}.{field}({name}:) promises it"
                yield HidingProblem("IMPLEMENTED_BY_INACCESSIBLE", place, message)
        for owner, other in self._implementing(node.name.value, field, name):
            if not _is_hidden(other) and _is_demanded(other):
                message = f"{place} is hidden, but {owner}.{field}({name}:) demands it"
                yield HidingProblem("REQUIRED_INACCESSIBLE", place, message)

    def _implementing(
        self, interface: str, field: str, argument: str
    ) -> Iterator[tuple[str, InputValueDefinitionNode]]:
        for name, node in self._types.items():
            if not isinstance(node, _FIELDED) or name in self._hidden:
                continue
            if all(one.name.value != interface for one in node.interfaces or ()):
                continue
            found = _find(node.fields, field)
            if found is not None and not _is_hidden(found):
                other = _find(found.arguments, argument)
                if other is not None:
                    yield name, other

    def _input(self, coordinate: str, node: InputValueDefinitionNode) -> Iterator[HidingProblem]:
        if not _is_hidden(node):
            yield from self._reference(coordinate, base_name(node.type))
            yield from self._default(coordinate, node)
        elif _is_demanded(node):
            message = f"{coordinate} is required but hidden; give it a default"
            yield HidingProblem("REQUIRED_INACCESSIBLE", coordinate, message)

    def _reference(self, coordinate: str, type_name: str) -> Iterator[HidingProblem]:
        if type_name in self._hidden:
            message = f"{coordinate} is visible, but its type {type_name} is hidden; hide both"
            yield HidingProblem("REFERENCED_INACCESSIBLE", coordinate, message)

    # default values

    def _default(self, coordinate: str, node: InputValueDefinitionNode) -> Iterator[HidingProblem]:
        if node.default_value is None:
            return
        for used in self._used(base_name(node.type), node.default_value):
            message = f"the default of {coordinate} uses {used}, which is hidden"
            yield HidingProblem("DEFAULT_VALUE_USES_INACCESSIBLE", coordinate, message)

    def _used(self, type_name: str, value: ValueNode) -> Iterator[str]:
        """Hidden enum values and input fields of visible types that a value uses."""
        node = self._types.get(type_name)
        if isinstance(value, ListValueNode):
            for one in value.values:
                yield from self._used(type_name, one)
        elif isinstance(value, EnumValueNode) and isinstance(node, EnumTypeDefinitionNode):
            for one in node.values or ():
                if one.name.value == value.value and _is_hidden(one):
                    yield f"{type_name}.{value.value}"
        elif isinstance(value, ObjectValueNode) and isinstance(node, InputObjectTypeDefinitionNode):
            for member in value.fields:
                field = _find(node.fields, member.name.value)
                if field is not None and _is_hidden(field):
                    yield f"{type_name}.{member.name.value}"
                elif field is not None:
                    yield from self._used(base_name(field.type), member.value)

    # directives

    def _directive(self, node: DirectiveDefinitionNode) -> Iterator[HidingProblem]:
        name = f"@{node.name.value}"
        is_executable = all(one.value in _EXECUTABLE for one in node.locations)
        hidden = [one for one in node.arguments or () if _is_hidden(one)]
        if hidden and not is_executable:
            message = f"{name} is applied to schemas, so its arguments cannot be hidden"
            yield HidingProblem("DISALLOWED_INACCESSIBLE", name, message)
        elif is_executable and "__" not in node.name.value:
            for one in node.arguments or ():
                yield from self._input(f"{name}({one.name.value}:)", one)


def _children(node: TypeDefinitionNode) -> list[FieldDefinitionNode | InputValueDefinitionNode]:
    if isinstance(node, EnumTypeDefinitionNode):
        return list(node.values or ())  # type: ignore[arg-type]
    return list(getattr(node, "fields", None) or ())


def _is_hidden(node: object) -> bool:
    return is_applied(node, "inaccessible")  # type: ignore[arg-type]


def _is_demanded(node: InputValueDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None


def _find(nodes: tuple[N, ...] | None, name: str) -> N | None:
    return next((one for one in nodes or () if one.name.value == name), None)
