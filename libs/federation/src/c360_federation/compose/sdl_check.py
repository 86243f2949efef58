"""Is a subgraph's SDL sound by itself? The standard rules, told with a remedy where we know one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    ExecutableDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    build_ast_schema,
    parse,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from c360_federation.compose.links import Names
from c360_federation.compose.literals import wrong_literals
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.spec import FEDERATION_DIRECTIVES, FIELD_SETS, definition_text
from c360_federation.compose.subgraph import SubgraphSdl
from c360_federation.supergraph.directives import is_applied
from c360_federation.supergraph.links import APOLLO

_LINK = (
    "directive @{}(url: String!, as: String, for: link__Purpose, import: [link__Import]) "
    "repeatable on SCHEMA"
)
_LINK_TYPES = {
    "link__Import": "scalar link__Import",
    "link__Purpose": "enum link__Purpose { SECURITY EXECUTION }",
}
_MACHINERY = ("_Any", "_Entity", "_Service")
_DEFINITION_OF: dict[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
}


def is_sound(
    source: SubgraphSdl, document: DocumentNode, names: Names, problems: ProblemList
) -> bool:
    """Note everything that is wrong with a subgraph's SDL by itself."""
    whole = _whole(document, names)
    wrong = [one.message for one in validate_sdl(whole)]
    wrong.extend(wrong_literals(whole, frozenset(names.types.values())))
    wrong.extend(_not_schema(document, names))
    wrong = wrong or [one.message for one in _schema_errors(whole)]
    for problem in wrong:
        message = f"Subgraph {source.name!r}: {problem}{_remedy(problem)}"
        problems.add("INVALID_GRAPHQL", message, (source.name,))
    return not wrong


def _not_schema(document: DocumentNode, names: Names) -> Iterator[str]:
    defined = {
        node.name.value
        for node in document.definitions
        if isinstance(node, DirectiveDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, ExecutableDefinitionNode):
            yield "Operations and fragments are no part of a schema."
        elif isinstance(node, InputObjectTypeDefinitionNode) and "oneOf" not in defined:
            if is_applied(node, "oneOf"):
                yield "Unknown directive '@oneOf'."
        elif isinstance(node, SchemaDefinitionNode) and is_applied(node, "core"):
            yield "A subgraph is not linked by '@core'."
    del names


def _schema_errors(document: DocumentNode) -> list[GraphQLError]:
    built = DocumentNode(definitions=tuple(_built(document)))
    try:
        schema = build_ast_schema(built, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        return [GraphQLError(str(error))]
    # A subgraph need not have a root field, only the supergraph does.
    return [one for one in validate_schema(schema) if "Query root type" not in one.message]


def _built(document: DocumentNode) -> Iterator[DefinitionNode]:
    """Without what is only linked; one that names no roots is no schema definition."""
    has_schema = any(isinstance(node, SchemaDefinitionNode) for node in document.definitions)
    for node in document.definitions:
        if isinstance(node, SchemaExtensionNode) and not has_schema:
            if node.operation_types:
                has_schema = True
                yield SchemaDefinitionNode(operation_types=node.operation_types, directives=())
        elif isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            yield replace(node, directives=())
        else:
            yield node


def _whole(document: DocumentNode, names: Names) -> DocumentNode:
    """The SDL with what it may leave out: directive definitions and bases of extensions."""
    defined = {
        node.name.value
        for node in document.definitions
        if isinstance(node, (TypeDefinitionNode, DirectiveDefinitionNode))
    }
    prelude = parse("\n".join(_prelude(defined, names)), no_location=True)
    kept = [
        node
        for node in _with_bases(document, defined)
        if not (isinstance(node, DirectiveDefinitionNode) and _is_replaced(node, names))
    ]
    return DocumentNode(definitions=(*prelude.definitions, *kept))


def _is_replaced(node: DirectiveDefinitionNode, names: Names) -> bool:
    """Federation 1 was served with many wrong definitions; the right ones take their place."""
    return names.is_federation_1 and names.of(node.name.value) in FIELD_SETS


def _prelude(defined: set[str], names: Names) -> Iterator[str]:
    linker = next((one.prefix for one in names.links if one.url == f"{APOLLO}/link/v1.0"), "link")
    if linker not in defined:
        yield _LINK.format(linker)
    yield from (text for name, text in _LINK_TYPES.items() if name not in defined)
    for local, name in names.directives.items():
        is_replaced = names.is_federation_1 and name in FIELD_SETS
        if local not in defined or is_replaced:
            yield definition_text(local, name, names.minor, names.types)
    for name in (*names.types.values(), *_MACHINERY):
        if name not in defined:
            yield f"scalar {name}"


def _with_bases(document: DocumentNode, defined: set[str]) -> Iterator[DefinitionNode]:
    based = set(defined)
    for node in document.definitions:
        if isinstance(node, TypeExtensionNode) and node.name.value not in based:
            based.add(node.name.value)
            yield _as_definition(node)
        elif not isinstance(node, ExecutableDefinitionNode):
            yield node


def _as_definition(node: TypeExtensionNode) -> DefinitionNode:
    made: type[Any] = _DEFINITION_OF[type(node)]
    kept = {key: getattr(node, key) for key in node.keys if key in made.keys}
    return made(**kept)


def _remedy(message: str) -> str:
    found = re.match(r"Unknown directive ['\"]@(\w+)", message)
    if found is None:
        return ""
    name = found.group(1)
    if name in FEDERATION_DIRECTIVES:
        return f' Add it to the import list of the federation @link: import: ["@{name}"].'
    return " Define the directive or remove it."
