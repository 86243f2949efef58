"""Field sets: the text inside `@key`, `@requires` and `@provides`."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from c360_federation.errors import SupergraphError
from c360_federation.selection import Argument, Field, Fragment, Item, Items, merge_items


def parse_field_set(text: str) -> Items:
    """Read a field set into selection items; response keys are the field names."""
    return _items(read_selection(text).selections)


def read_selection(text: str) -> SelectionSetNode:
    """The syntax tree of a field set, with or without its braces; raises SupergraphError."""
    source = text if text.lstrip().startswith("{") else "{" + text + "}"
    try:
        document = parse(source, no_location=True)
    except GraphQLSyntaxError as error:
        message = f"Field set {text!r} is not valid: {error.message}"
        raise SupergraphError(message) from error
    operation = document.definitions[0]
    if not isinstance(operation, OperationDefinitionNode) or len(document.definitions) != 1:
        raise SupergraphError(f"Field set {text!r} is not a selection")
    if not operation.selection_set.selections:
        raise SupergraphError(f"Field set {text!r} selects nothing")
    return operation.selection_set


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
