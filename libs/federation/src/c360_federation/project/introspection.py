"""`__schema` and `__type`: answered by graphql-core over the schema that may be shown."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSchema, execute_sync, parse

from c360_federation.selection import Field, Fragment, Item, Items, printed_arguments
from c360_federation.values import JsonObject


def introspection_fields(items: Items) -> Items:
    """The root fields that ask about the schema."""
    return tuple(_introspection(items))


def _introspection(items: Items) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Fragment):
            yield from _introspection(item.children)
        elif item.name in ("__schema", "__type"):
            yield item


def introspect(
    schema: GraphQLSchema, items: Items, declarations: dict[str, str], variables: JsonObject
) -> JsonObject:
    """Answer introspection fields from a schema."""
    declared = f"({', '.join(declarations.values())})" if declarations else ""
    document = parse(f"query Introspection{declared} {_text(items)}")
    result = execute_sync(schema, document, variable_values=variables)
    return dict(result.data or {})


def _text(items: Items) -> str:
    return "{" + " ".join(_item_text(item) for item in items) + "}"


def _item_text(item: Item) -> str:
    below = _text(item.children) if item.children else ""
    if not isinstance(item, Field):
        return f"... on {item.on} {below}"
    # Directives of the caller's are for subgraphs; nobody answers introspection but we.
    arguments_text = printed_arguments(one for one in item.arguments if not one.is_directive)
    return f"{item.key}: {item.name}{arguments_text} {below}"
