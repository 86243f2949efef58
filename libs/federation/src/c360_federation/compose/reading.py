"""Subgraph SDL in, subgraph model out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    parse,
)

from c360_federation.compose.links import Names, read_names
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.sdl_check import is_sound
from c360_federation.compose.subgraph import (
    ROOTS,
    Element,
    FieldDef,
    InputDef,
    KeyDef,
    Subgraph,
    SubgraphSdl,
    TypeDef,
)

_KINDS = (
    ("object", ObjectTypeDefinitionNode, ObjectTypeExtensionNode),
    ("interface", InterfaceTypeDefinitionNode, InterfaceTypeExtensionNode),
    ("union", UnionTypeDefinitionNode, UnionTypeExtensionNode),
    ("enum", EnumTypeDefinitionNode, EnumTypeExtensionNode),
    ("input", InputObjectTypeDefinitionNode, InputObjectTypeExtensionNode),
    ("scalar", ScalarTypeDefinitionNode, ScalarTypeExtensionNode),
)
_MACHINERY_TYPES = frozenset(("_Any", "_Entity", "_Service", "_FieldSet", "FieldSet"))
_MACHINERY_FIELDS = frozenset(("_entities", "_service"))


def read_subgraph(source: SubgraphSdl, graph: str, problems: ProblemList) -> Subgraph | None:
    """Read one subgraph; what cannot be read is a problem."""
    try:
        document = parse(source.sdl, no_location=True)
    except GraphQLSyntaxError as error:
        told = f"Subgraph {source.name!r} is not valid SDL: {error.message}"
        problems.add("INVALID_GRAPHQL", told, (source.name,))
        return None
    names = read_names(document, source.name, problems)
    if not is_sound(source, document, names, problems):
        return None
    reader = _Reader(names, _renamed_roots(document))
    types: dict[str, TypeDef] = {}
    for node in document.definitions:
        if isinstance(node, (TypeDefinitionNode, TypeExtensionNode)):
            reader.read_type(node, types)
    shown = {name: one for name, one in types.items() if _is_public(name)}
    for root in ROOTS.values():
        if root in shown and not shown[root].fields:
            del shown[root]
    return Subgraph(source.name, graph, source.url, names.is_federation_1, shown)


def graph_ids(sources: Iterable[SubgraphSdl]) -> dict[str, str]:
    """An enum value for each subgraph name."""
    found: dict[str, str] = {}
    for source in sources:
        base = re.sub(r"\W", "_", source.name).upper()
        base = f"_{base}" if base[:1].isdigit() else base or "_"
        made, number = base, 1
        while made in found.values():
            number += 1
            made = f"{base}_{number}"
        found[source.name] = made
    return found


def _is_public(name: str) -> bool:
    return name not in _MACHINERY_TYPES and not name.startswith(("link__", "federation__", "__"))


def _renamed_roots(document: DocumentNode) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for node in document.definitions:
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            for one in node.operation_types or ():
                renamed[one.type.name.value] = ROOTS[one.operation.value]
    return renamed


class _Reader:
    def __init__(self, names: Names, renamed: dict[str, str]) -> None:
        self._names = names
        self._renamed = renamed

    def read_type(
        self, node: TypeDefinitionNode | TypeExtensionNode, types: dict[str, TypeDef]
    ) -> None:
        kind, is_extension = _kind_of(node)
        local = node.name.value
        name = self._renamed.get(local, local)
        made = types.setdefault(name, TypeDef(name, kind=kind))
        made.directives.extend(self._directives(node))
        made.is_extension = made.is_extension and is_extension
        made.description = made.description or _description(node)
        self._read_parts(node, made)
        self._understand(made)

    def _read_parts(self, node: Node, made: TypeDef) -> None:
        if made.kind in ("object", "interface"):
            made.interfaces.extend(
                one.name.value for one in getattr(node, "interfaces", None) or ()
            )
            for field in getattr(node, "fields", None) or ():
                if field.name.value not in _MACHINERY_FIELDS:
                    made.fields[field.name.value] = self._field(field)
        elif made.kind == "input":
            for one in getattr(node, "fields", None) or ():
                made.inputs[one.name.value] = self._input(one)
        elif made.kind == "enum":
            for value in getattr(node, "values", None) or ():
                name = value.name.value
                made.values[name] = Element(name, _description(value), self._directives(value))
        elif made.kind == "union":
            made.members.extend(one.name.value for one in getattr(node, "types", None) or ())

    def _understand(self, made: TypeDef) -> None:
        made.is_interface_object = made.has("interfaceObject")
        made.is_extension = made.is_extension or made.has("extends")
        made.keys = [
            KeyDef(str(told["fields"]), bool(told.get("resolvable", True)))
            for told in made.told("key")
        ]
        for field in made.fields.values():
            field.external = field.external or made.has("external")
            field.shareable = (
                field.shareable or made.has("shareable") or self._names.is_federation_1
            )

    def _field(self, node: FieldDefinitionNode) -> FieldDef:
        made = FieldDef(
            node.name.value,
            _description(node),
            self._directives(node),
            type=self._type(node.type),
            arguments={one.name.value: self._input(one) for one in node.arguments or ()},
        )
        made.external = made.has("external")
        made.shareable = made.has("shareable")
        made.requires = next((str(one["fields"]) for one in made.told("requires")), None)
        made.provides = next((str(one["fields"]) for one in made.told("provides")), None)
        made.override = next((str(one["from"]) for one in made.told("override")), None)
        return made

    def _input(self, node: InputValueDefinitionNode) -> InputDef:
        return InputDef(
            node.name.value,
            _description(node),
            self._directives(node),
            type=self._type(node.type),
            default=node.default_value,
        )

    def _type(self, node: TypeNode) -> TypeNode:
        """The type with a renamed root under its standard name."""
        if isinstance(node, (NonNullTypeNode, ListTypeNode)):
            return replace(node, type=self._type(node.type))  # type: ignore[arg-type]
        assert isinstance(node, NamedTypeNode)
        name = self._renamed.get(node.name.value)
        return node if name is None else replace(node, name=NameNode(value=name))

    def _directives(self, node: Node) -> list[DirectiveNode]:
        """The directives that mean something to federation, under their canonical names."""
        found: list[DirectiveNode] = []
        directives: tuple[ConstDirectiveNode, ...] = getattr(node, "directives", None) or ()
        for one in directives:
            canonical = self._names.of(one.name.value)
            if canonical is not None:
                found.append(replace(one, name=NameNode(value=canonical)))
        return found


def _kind_of(node: TypeDefinitionNode | TypeExtensionNode) -> tuple[str, bool]:
    for kind, definition, extension in _KINDS:
        if isinstance(node, (definition, extension)):
            return kind, isinstance(node, extension)
    raise TypeError(f"Unknown kind of definition: {node.kind}")


def _description(node: Node) -> str | None:
    described = getattr(node, "description", None)
    return None if described is None else described.value
