"""Are the literals that directives are given of the types that their definitions ask for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    BooleanValueNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FloatValueNode,
    InputObjectTypeDefinitionNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    ValueNode,
    Visitor,
    print_ast,
    visit,
)

_Types = Mapping[str, TypeDefinitionNode]
_SCALARS: Mapping[str, tuple[type[ValueNode], ...]] = {
    "Int": (IntValueNode,),
    "Float": (IntValueNode, FloatValueNode),
    "String": (StringValueNode,),
    "Boolean": (BooleanValueNode,),
    "ID": (StringValueNode, IntValueNode),
}


def wrong_literals(document: DocumentNode, unchecked: frozenset[str]) -> Iterator[str]:
    """What is wrong with directive arguments; types in `unchecked` take anything, also null."""
    types = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode)
    }
    definitions = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, DirectiveDefinitionNode)
    }
    found = _Applications()
    visit(document, found)
    for node in found.applications:
        definition = definitions.get(node.name.value)
        if definition is not None:
            yield from _arguments(node, definition, types, unchecked)


class _Applications(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.applications: list[DirectiveNode] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.applications.append(node)


def _arguments(
    node: DirectiveNode,
    definition: DirectiveDefinitionNode,
    types: _Types,
    unchecked: frozenset[str],
) -> Iterator[str]:
    kinds = {one.name.value: one.type for one in definition.arguments or ()}
    for argument in node.arguments or ():
        kind = kinds.get(argument.name.value)
        if kind is not None and not _fits(argument.value, kind, types, unchecked):
            place = f"@{node.name.value}({argument.name.value}:)"
            yield f"{print_ast(argument.value)} is no {print_ast(kind)} for {place}."


def _fits(value: ValueNode, kind: TypeNode, types: _Types, unchecked: frozenset[str]) -> bool:
    if isinstance(kind, NonNullTypeNode):
        if isinstance(kind.type, NamedTypeNode) and kind.type.name.value in unchecked:
            return True
        return not isinstance(value, NullValueNode) and _fits(value, kind.type, types, unchecked)
    if isinstance(value, NullValueNode):
        return True
    if isinstance(kind, ListTypeNode):
        values = value.values if isinstance(value, ListValueNode) else (value,)
        return all(_fits(one, kind.type, types, unchecked) for one in values)
    assert isinstance(kind, NamedTypeNode)
    return _named(value, kind.name.value, types, unchecked)


def _named(value: ValueNode, name: str, types: _Types, unchecked: frozenset[str]) -> bool:
    if name in _SCALARS:
        return isinstance(value, _SCALARS[name])
    node = types.get(name)
    if isinstance(node, EnumTypeDefinitionNode):
        values = [one.name.value for one in node.values or ()]
        return isinstance(value, EnumValueNode) and value.value in values
    if isinstance(node, InputObjectTypeDefinitionNode):
        fields = {one.name.value: one for one in node.fields or ()}
        if not isinstance(value, ObjectValueNode):
            return False
        given = {one.name.value: one.value for one in value.fields}
        demanded = (
            name
            for name, one in fields.items()
            if isinstance(one.type, NonNullTypeNode) and one.default_value is None
        )
        return all(name in given for name in demanded) and all(
            name in fields and _fits(one, fields[name].type, types, unchecked)
            for name, one in given.items()
        )
    return True


def fits(value: ValueNode, kind: TypeNode, types: _Types) -> bool:
    """Whether a literal may be given where a type is asked for."""
    return _fits(value, kind, types, frozenset())
