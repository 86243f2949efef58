"""Reading directive applications from an SDL syntax tree."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DirectiveNode, Node, value_from_ast_untyped

from c360_federation.values import Json


def applied(node: Node, name: str) -> Iterator[dict[str, Json]]:
    """The arguments of each application of directive `name` on `node`."""
    directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
    for directive in directives:
        if directive.name.value == name:
            yield arguments(directive)


def arguments(node: DirectiveNode) -> dict[str, Json]:
    """The arguments of one application."""
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}


def is_applied(node: Node, name: str) -> bool:
    """Whether directive `name` is applied on `node`."""
    return any(True for _ in applied(node, name))
