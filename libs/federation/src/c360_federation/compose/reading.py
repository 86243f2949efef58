"""Subgraph SDL in, subgraph model out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from graphql import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
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

from c360_federation.compose.definitions import check_definitions
from c360_federation.compose.links import Names, read_names
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.rules.field_sets import field_set_text
from c360_federation.compose.rules.roots import check_roots
from c360_federation.compose.rules.sharing import check_repeats
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
from c360_federation.supergraph.directives import arguments

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
        message = f"Subgraph {source.name!r} is not valid SDL: {error.message}"
        problems.add("INVALID_GRAPHQL", message, (source.name,))
        return None
    before = len(problems.found)
    names = read_names(document, source.name, problems)
    check_definitions(document, names, source.name, problems)
    if len(problems.found) > before or not is_sound(source, document, names, problems):
        return None
    reader = _Reader(source.name, names, _renamed_roots(document), problems)
    types: dict[str, TypeDef] = {}
    for node in document.definitions:
        if isinstance(node, (TypeDefinitionNode, TypeExtensionNode)):
            reader.read_type(node, types)
    check_roots(document, source.name, problems)
    shown = {name: one for name, one in types.items() if _is_public(name)}
    for root in ROOTS.values():
        if root in shown and not shown[root].fields:
            del shown[root]
    own = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, DirectiveDefinitionNode)
    }
    schema = Element("schema")
    for node in document.definitions:
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            schema.directives.extend(reader.directives(node))
            schema.description = schema.description or _description(node)
    return Subgraph(source.name, graph, source.url, names, shown, own, schema, reader.applied_as)


def graph_ids(sources: Iterable[SubgraphSdl]) -> dict[str, str]:
    """An enum value for each subgraph name; names that would be alike are numbered."""
    made = {source.name: _graph_id(source.name) for source in sources}
    counts = Counter(made.values())
    numbers: Counter[str] = Counter()
    for name, base in made.items():
        if counts[base] > 1:
            numbers[base] += 1
            made[name] = f"{base}_{numbers[base]}"
    return made


def _graph_id(name: str) -> str:
    base = re.sub(r"\W", "_", name, flags=re.ASCII)
    base = f"_{base}" if base[:1].isdigit() else base
    # The end is kept free for the number of a name that is alike.
    base = f"{base}_" if re.search(r"_\d+$", base) else base
    return base.upper() or "_"


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
    def __init__(
        self, subgraph: str, names: Names, renamed: dict[str, str], problems: ProblemList
    ) -> None:
        self._subgraph = subgraph
        self._names = names
        self._renamed = renamed
        self._problems = problems
        self.applied_as: dict[str, set[str]] = {}

    def read_type(
        self, node: TypeDefinitionNode | TypeExtensionNode, types: dict[str, TypeDef]
    ) -> None:
        kind, is_extension = _kind_of(node)
        local = node.name.value
        name = self._renamed.get(local, local)
        made = types.setdefault(name, TypeDef(name, kind=kind))
        made.directives.extend(self.directives(node))
        made.is_extension = made.is_extension and is_extension
        made.has_definition = made.has_definition or not is_extension
        made.description = made.description or _description(node)
        self._read_parts(node, made)
        self._understand(made)
        check_repeats(made, self.directives(node), self._subgraph, self._problems)

    def _read_parts(self, node: Node, made: TypeDef) -> None:
        if made.kind in ("object", "interface"):
            made.interfaces.extend(
                one.name.value for one in getattr(node, "interfaces", None) or ()
            )
            # What is said of one declaration of a type holds for its own fields only.
            is_shared = any(one.name.value == "shareable" for one in self.directives(node))
            for field in getattr(node, "fields", None) or ():
                if field.name.value not in _MACHINERY_FIELDS:
                    made.fields[field.name.value] = self._field(field)
                    made.fields[field.name.value].shareable |= is_shared
        elif made.kind == "input":
            for one in getattr(node, "fields", None) or ():
                made.inputs[one.name.value] = self._input(one)
        elif made.kind == "enum":
            for value in getattr(node, "values", None) or ():
                name = value.name.value
                made.values[name] = Element(name, _description(value), self.directives(value))
        elif made.kind == "union":
            made.members.extend(one.name.value for one in getattr(node, "types", None) or ())

    def _understand(self, made: TypeDef) -> None:
        made.is_interface_object = made.has("interfaceObject")
        made.is_extension = made.is_extension or made.has("extends")
        made.keys = list(self._keys(made))
        for field in made.fields.values():
            field.external = field.external or made.has("external")

    def _keys(self, made: TypeDef) -> Iterator[KeyDef]:
        for node in made.directives:
            if node.name.value == "key":
                text = self._field_set(node)
                found = arguments(node)
                yield KeyDef(text, found.get("resolvable", True) is not False)

    def _field_set(self, node: DirectiveNode) -> str:
        return field_set_text(node, is_federation_1=self._names.is_federation_1) or ""

    def _field(self, node: FieldDefinitionNode) -> FieldDef:
        made = FieldDef(
            node.name.value,
            _description(node),
            self.directives(node),
            type=self._type(node.type),
            arguments={one.name.value: self._input(one) for one in node.arguments or ()},
        )
        made.external = made.has("external")
        made.shareable = made.has("shareable")
        for one in made.directives:
            if one.name.value == "requires":
                made.requires = self._field_set(one)
            elif one.name.value == "provides":
                made.provides = self._field_set(one)
        made.override = next((str(one["from"]) for one in made.applied("override")), None)
        return made

    def _input(self, node: InputValueDefinitionNode) -> InputDef:
        return InputDef(
            node.name.value,
            _description(node),
            self.directives(node),
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

    def directives(self, node: Node) -> list[DirectiveNode]:
        """The directives that mean something to federation, under their canonical names."""
        found: list[DirectiveNode] = []
        directives: tuple[ConstDirectiveNode, ...] = getattr(node, "directives", None) or ()
        for one in directives:
            canonical = self._names.of(one.name.value)
            if canonical is not None:
                self.applied_as.setdefault(canonical, set()).add(one.name.value)
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
