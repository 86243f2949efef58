"""Field sets: the text inside `@key`, `@requires` and `@provides`."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    parse,
    print_ast,
)

from c360_federation.errors import SupergraphError
from c360_federation.selection import Argument, Field, Fragment, Item, Items, merge_items


def parse_field_set(text: str) -> Items:
    """Read a field set into selection items; response keys are the field names."""
    try:
        document = parse("{" + text + "}", no_location=True)
    except GraphQLSyntaxError as error:
        raise SupergraphError(f"Field set {text!r} is not valid: {error.message}") from error
    operation = document.definitions[0]
    if not isinstance(operation, OperationDefinitionNode):
        raise SupergraphError(f"Field set {text!r} is not a selection")
    return _items(operation.selection_set.selections)


def _items(selections: Sequence[SelectionNode]) -> Items:
    return merge_items(made for node in selections for made in _item(node))


def _item(node: SelectionNode) -> list[Item]:
    if isinstance(node, FieldNode):
        children = _items(node.selection_set.selections) if node.selection_set else ()
        arguments = tuple(
            Argument(argument.name.value, print_ast(argument.value))
            for argument in node.arguments or ()
        )
        return [Field(node.name.value, node.name.value, arguments, children)]
    if isinstance(node, InlineFragmentNode):
        children = _items(node.selection_set.selections)
        if node.type_condition is None:
            return list(children)
        return [Fragment(node.type_condition.name.value, children)]
    raise SupergraphError("A field set may not use named fragments")
