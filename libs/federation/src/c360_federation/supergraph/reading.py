"""Supergraph SDL in, model out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    parse_type,
    print_ast,
)

from c360_federation.errors import SupergraphError
from c360_federation.selection import Field
from c360_federation.supergraph.api_schema import build_api_schema
from c360_federation.supergraph.costs import read_costs
from c360_federation.supergraph.directives import applied, is_applied
from c360_federation.supergraph.entrusted import entrust
from c360_federation.supergraph.features import Features, read_features
from c360_federation.supergraph.field_sets import parse_field_set
from c360_federation.supergraph.hiding import hiding_problems
from c360_federation.supergraph.model import (
    Graph,
    GraphField,
    GraphType,
    Key,
    Supergraph,
    TypeFacts,
)
from c360_federation.supergraph.refusals import refuse_unsupported
from c360_federation.supergraph.tags import read_tags
from c360_federation.supergraph.type_names import base_name
from c360_federation.values import Json, JsonObject

Composite: TypeAlias = (
    ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode
)
_COMPOSITES = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, UnionTypeDefinitionNode)
_KINDS = {
    ObjectTypeDefinitionNode: "object",
    InterfaceTypeDefinitionNode: "interface",
    UnionTypeDefinitionNode: "union",
}


def read_supergraph(sdl: str, entrusted: Collection[str] = ()) -> Supergraph:
    """Read a join-spec supergraph, ours or another composer's.

    `entrusted` names the input types whose values their subgraph judges by itself. Raises
    SupergraphError for what cannot be read and for what would have to be ignored.
    """
    features = read_features(parse_supergraph(sdl))
    refuse_unsupported(features.document)
    read = read_model(features)
    entrust(read.schema, entrusted)
    return read


def parse_supergraph(sdl: str) -> DocumentNode:
    """The syntax tree of a supergraph; raises SupergraphError."""
    try:
        return parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        raise SupergraphError(f"The supergraph is not valid SDL: {error.message}") from error


def read_model(features: Features) -> Supergraph:
    """The model of a supergraph whose names are resolved; raises SupergraphError."""
    document = features.document
    nodes = {
        node.name.value: node for node in document.definitions if isinstance(node, _COMPOSITES)
    }
    facts = {name: _facts(node, nodes) for name, node in nodes.items()}
    graphs = {graph.id: graph for graph in _graphs(document)}
    roots = _roots(document, nodes)
    _check_hiding(features, roots)
    return Supergraph(
        graphs=graphs,
        types_by_graph={graph: _types_of(graph, nodes, facts) for graph in graphs},
        facts=facts,
        roots=roots,
        schema=build_api_schema(features),
        tags=read_tags(document),
        hidden_enum_values=dict(_hidden_enum_values(document)),
        costs=read_costs(document),
    )


def _check_hiding(features: Features, roots: Mapping[str, str]) -> None:
    query = roots.get("query", "Query")
    problems = list(hiding_problems(features.document, query, features.prefixes))
    if problems:
        problems_text = ". ".join(f"{one.message} ({one.code})" for one in problems)
        raise SupergraphError(f"What is hidden can be reached: {problems_text}", problems[0].code)


def _graphs(document: DocumentNode) -> Iterator[Graph]:
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                for arguments in applied(value, "join__graph"):
                    yield Graph(value.name.value, arguments["name"], arguments["url"])
            return
    raise SupergraphError("The supergraph names no subgraphs: enum join__Graph is missing")


def _roots(document: DocumentNode, nodes: Mapping[str, Composite]) -> dict[str, str]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            return {
                operation.operation.value: operation.type.name.value
                for operation in node.operation_types or ()
            }
    defaults = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
    return {kind: name for kind, name in defaults.items() if name in nodes}


def _hidden_enum_values(document: DocumentNode) -> Iterator[tuple[str, frozenset[str]]]:
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode):
            hidden = frozenset(
                value.name.value for value in node.values or () if is_applied(value, "inaccessible")
            )
            if hidden:
                yield node.name.value, hidden


def _fields(node: Composite) -> Iterable[FieldDefinitionNode]:
    return () if isinstance(node, UnionTypeDefinitionNode) else node.fields or ()


def _facts(node: Composite, nodes: Mapping[str, Composite]) -> TypeFacts:
    name = node.name.value
    interfaces = [] if isinstance(node, UnionTypeDefinitionNode) else node.interfaces or ()
    return TypeFacts(
        name=name,
        kind=_KINDS[type(node)],
        fields={field.name.value: base_name(field.type) for field in _fields(node)},
        interfaces=frozenset(interface.name.value for interface in interfaces),
        possible=_possible(node, nodes),
    )


def _possible(node: Composite, nodes: Mapping[str, Composite]) -> frozenset[str]:
    name = node.name.value
    if isinstance(node, ObjectTypeDefinitionNode):
        return frozenset((name,))
    if isinstance(node, UnionTypeDefinitionNode):
        return frozenset(member.name.value for member in node.types or ())
    return frozenset(
        other.name.value
        for other in nodes.values()
        if isinstance(other, ObjectTypeDefinitionNode)
        and any(interface.name.value == name for interface in other.interfaces or ())
    )


def _types_of(
    graph: str, nodes: Mapping[str, Composite], facts: Mapping[str, TypeFacts]
) -> dict[str, GraphType]:
    declared: dict[str, GraphType] = {}
    for name, node in nodes.items():
        joins = [
            arguments for arguments in applied(node, "join__type") if arguments["graph"] == graph
        ]
        if joins:
            declared[name] = _type_in(graph, node, joins, nodes, facts)
    return declared


def _type_in(
    graph: str,
    node: Composite,
    joins: list[JsonObject],
    nodes: Mapping[str, Composite],
    facts: Mapping[str, TypeFacts],
) -> GraphType:
    is_interface_object = any(arguments.get("isInterfaceObject") for arguments in joins)
    keys = tuple(_keys(joins))
    return GraphType(
        name=node.name.value,
        is_abstract=facts[node.name.value].is_abstract and not is_interface_object,
        is_interface_object=is_interface_object,
        keys=keys,
        fields=dict(_fields_in(graph, node, facts, _key_fields(keys))),
        possible=_possible_in(graph, node, nodes),
    )


def _keys(joins: list[JsonObject]) -> Iterator[Key]:
    for arguments in joins:
        if arguments.get("key"):
            yield Key(
                parse_field_set(arguments["key"]),
                arguments["key"],
                arguments.get("resolvable", True),
            )


def _possible_in(graph: str, node: Composite, nodes: Mapping[str, Composite]) -> frozenset[str]:
    name = node.name.value
    if isinstance(node, ObjectTypeDefinitionNode):
        return frozenset((name,))
    if isinstance(node, UnionTypeDefinitionNode):
        members = list(applied(node, "join__unionMember"))
        if not members:
            return frozenset(member.name.value for member in node.types or ())
        return frozenset(
            arguments["member"] for arguments in members if arguments["graph"] == graph
        )
    return frozenset(
        other.name.value
        for other in nodes.values()
        if isinstance(other, ObjectTypeDefinitionNode)
        and any(
            arguments["graph"] == graph and arguments["interface"] == name
            for arguments in applied(other, "join__implements")
        )
    )


def _fields_in(
    graph: str, node: Composite, facts: Mapping[str, TypeFacts], key_fields: frozenset[str]
) -> Iterator[tuple[str, GraphField]]:
    for field in _fields(node):
        name = field.name.value
        joins = list(applied(field, "join__field"))
        if not joins:
            yield name, _field(field, {}, facts, is_external=False)
        for arguments in joins:
            if arguments.get("graph") == graph:
                # An overridden field is no longer answered here, unless it is part of a key:
                # a subgraph always knows what its own entities are called.
                overridden = bool(arguments.get("usedOverridden")) and name not in key_fields
                external = bool(arguments.get("external")) or overridden
                yield name, _field(field, arguments, facts, is_external=external)


def _key_fields(keys: Iterable[Key]) -> frozenset[str]:
    return frozenset(item.name for key in keys for item in key.fields if isinstance(item, Field))


def _field(
    node: FieldDefinitionNode,
    arguments: Mapping[str, Json],
    facts: Mapping[str, TypeFacts],
    *,
    is_external: bool,
) -> GraphField:
    type_node = parse_type(arguments["type"]) if arguments.get("type") else node.type
    return GraphField(
        name=node.name.value,
        type=print_ast(type_node),
        named_type=base_name(type_node),
        shape=_shape(type_node, facts),
        external=is_external,
        requires=parse_field_set(arguments["requires"]) if arguments.get("requires") else (),
        provides=parse_field_set(arguments["provides"]) if arguments.get("provides") else (),
    )


def _shape(node: TypeNode, facts: Mapping[str, TypeFacts]) -> str:
    """The wrappers, with the name only where the type is a leaf: what must agree in one answer."""
    if isinstance(node, NonNullTypeNode):
        return _shape(node.type, facts) + "!"
    if isinstance(node, ListTypeNode):
        return "[" + _shape(node.type, facts) + "]"
    name = base_name(node)
    return "" if name in facts else name
