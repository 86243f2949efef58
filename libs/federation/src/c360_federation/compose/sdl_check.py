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

from c360_federation.compose.links import FEDERATION_DIRECTIVES, Names
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import SubgraphSdl

_SPOTS = "OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR | FIELD_DEFINITION"
_EVERYWHERE = f"{_SPOTS} | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE"
_SIGNATURES = {
    "key": "(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    "requires": "(fields: String!) on FIELD_DEFINITION",
    "provides": "(fields: String!) on FIELD_DEFINITION",
    "external": "(reason: String) on OBJECT | FIELD_DEFINITION",
    "shareable": " repeatable on OBJECT | FIELD_DEFINITION",
    "override": "(from: String!, label: String) on FIELD_DEFINITION",
    "inaccessible": f" on {_EVERYWHERE}",
    "interfaceObject": " on OBJECT",
    "tag": f"(name: String!) repeatable on {_EVERYWHERE} | SCHEMA",
    "extends": " on OBJECT | INTERFACE",
    "composeDirective": "(name: String!) repeatable on SCHEMA",
    "authenticated": f" on {_SPOTS}",
    "requiresScopes": f"(scopes: [[String!]!]!) on {_SPOTS}",
    "policy": f"(policies: [[String!]!]!) on {_SPOTS}",
    "cost": f"(weight: Int!) on {_EVERYWHERE}",
    "listSize": "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], "
    "requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    "context": "(name: String!) repeatable on OBJECT | INTERFACE | UNION",
    "fromContext": "(field: String) on ARGUMENT_DEFINITION",
}
_LINK = (
    "directive @link(url: String, as: String, for: _Purpose, import: [_Import]) "
    "repeatable on SCHEMA\nscalar _Import\nscalar _Purpose"
)
_MACHINERY = ("_Any", "_Entity", "_Service", "FieldSet", "_FieldSet", "federation__FieldSet")
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
    errors = validate_sdl(whole) or _schema_errors(whole)
    for error in errors:
        message = f"Subgraph {source.name!r}: {error.message}{_remedy(error.message)}"
        problems.add("INVALID_GRAPHQL", message, (source.name,))
    return not errors


def _schema_errors(document: DocumentNode) -> list[GraphQLError]:
    try:
        schema = build_ast_schema(document, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        return [GraphQLError(str(error))]
    # A subgraph need not have a root field, only the supergraph does.
    return [one for one in validate_schema(schema) if "Query root type" not in one.message]


def _whole(document: DocumentNode, names: Names) -> DocumentNode:
    """The SDL with what it may leave out: directive definitions and bases of extensions."""
    defined = {
        node.name.value
        for node in document.definitions
        if isinstance(node, (TypeDefinitionNode, DirectiveDefinitionNode))
    }
    prelude = parse("\n".join(_prelude(defined, names)), no_location=True)
    return DocumentNode(definitions=(*prelude.definitions, *_with_bases(document, defined)))


def _prelude(defined: set[str], names: Names) -> Iterator[str]:
    if "link" not in defined:
        yield _LINK
    local = dict(names.canonical)
    local.update({f"{names.namespace}__{name}": name for name in FEDERATION_DIRECTIVES})
    for name, canonical in local.items():
        if name not in defined and canonical in _SIGNATURES:
            yield f"directive @{name}{_SIGNATURES[canonical]}"
    for name in _MACHINERY:
        if name not in defined:
            yield f"scalar {name}"


def _with_bases(document: DocumentNode, defined: set[str]) -> Iterator[DefinitionNode]:
    based = set(defined)
    has_schema = any(isinstance(node, SchemaDefinitionNode) for node in document.definitions)
    for node in document.definitions:
        if isinstance(node, SchemaExtensionNode) and not has_schema:
            # Only links are said here; without roots it is no schema definition.
            if node.operation_types:
                has_schema = True
                yield SchemaDefinitionNode(operation_types=node.operation_types, directives=())
        elif isinstance(node, TypeExtensionNode) and node.name.value not in based:
            based.add(node.name.value)
            yield _as_definition(node)
        elif isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            yield replace(node, directives=())
        else:
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
