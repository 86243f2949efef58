"""`errors:`: answers of status 200 that are none."""

from __future__ import annotations

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.pulling.failures import THEN, ErrorRule, Then
from c360_connectors.reading.scalars import path_in_answer, required

_KEYS = ("path", "in", "not_in", "then")


def errors_of(node: Node | None, what: str) -> tuple[ErrorRule, ...]:
    """Rules in their order. Raises `MappingInvalid`."""
    if node is None:
        return ()
    return tuple(_rule(one, f"{what}[{n}]") for n, one in enumerate(nodes.items(node, what)))


def _rule(node: Node, what: str) -> ErrorRule:
    parts = nodes.entries(node, what, _KEYS)
    if ("in" in parts) == ("not_in" in parts):
        raise MappingInvalid(nodes.line_of(node), f"{what} says either 'in' or 'not_in'")
    among = "in" if "in" in parts else "not_in"
    return ErrorRule(
        path_in_answer(required(parts, "path", node, what), f"{what}.path"),
        frozenset(nodes.texts(parts[among], f"{what}.{among}")),
        among == "in",
        _then(required(parts, "then", node, what), f"{what}.then"),
    )


def _then(node: Node, what: str) -> Then:
    written = nodes.choice(node, what, THEN)
    return next(one for one in THEN if one == written)
