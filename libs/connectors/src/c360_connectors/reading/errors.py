"""`errors:`: answers of status 200 that are none."""

from __future__ import annotations

from collections.abc import Sequence

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.pulling.failures import OF_PULLS, ErrorRule, Then
from c360_connectors.reading.scalars import path_in_answer, required

_KEYS = ("path", "in", "not_in", "then")


def errors_of(
    node: Node | None, what: str, thens: Sequence[Then] = OF_PULLS
) -> tuple[ErrorRule, ...]:
    """Rules in their order. Raises `MappingInvalid`."""
    if node is None:
        return ()
    return tuple(_rule(one, f"{what}[{n}]", thens) for n, one in enumerate(nodes.items(node, what)))


def conditions_of(node: Node | None, what: str) -> tuple[ErrorRule, ...]:
    """Conditions that say nothing of what is to be done. Raises `MappingInvalid`."""
    if node is None:
        return ()
    return tuple(
        _test(one, f"{what}[{n}]", "stop") for n, one in enumerate(nodes.items(node, what))
    )


def _rule(node: Node, what: str, thens: Sequence[Then]) -> ErrorRule:
    parts = nodes.entries(node, what, _KEYS)
    return _test(node, what, _then(required(parts, "then", node, what), f"{what}.then", thens))


def _test(node: Node, what: str, then: Then) -> ErrorRule:
    parts = nodes.entries(node, what, _KEYS)
    if ("in" in parts) == ("not_in" in parts):
        raise MappingInvalid(nodes.line_of(node), f"{what} says either 'in' or 'not_in'")
    among = "in" if "in" in parts else "not_in"
    return ErrorRule(
        path_in_answer(required(parts, "path", node, what), f"{what}.path"),
        frozenset(nodes.texts(parts[among], f"{what}.{among}")),
        among == "in",
        then,
    )


def _then(node: Node, what: str, thens: Sequence[Then]) -> Then:
    written = nodes.choice(node, what, thens)
    return next(one for one in thens if one == written)
