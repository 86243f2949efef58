"""Reads YAML as nodes that know their line, so that every mapping error can name its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import yaml
from c360_kernel.nearest import did_you_mean
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from c360_mapping.refusals import MappingInvalid

_YES_NO = {"true": True, "false": False}
_SCALAR_TAGS = {
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:str",
}

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DEEPEST, _MOST_NODES = 100, 100_000

Scalar = str | int | float | bool


def parse(text: str) -> Node:
    """The root node of a YAML document."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise MappingInvalid(line, f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise MappingInvalid(1, "not YAML: it holds characters that YAML does not allow") from error
    except RecursionError as error:
        raise _too_deep(1) from error
    if root is None:
        raise MappingInvalid(1, "the mapping is empty")
    _refuse_endless(root)
    return root


def _refuse_endless(root: Node) -> None:
    """An alias may stand for what it is in, or for very much again and again."""
    waiting, count = [(root, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > _DEEPEST:
            raise _too_deep(line_of(node))
        if count > _MOST_NODES:
            raise MappingInvalid(line_of(node), f"more than {_MOST_NODES:,} values in one file")
        waiting += ((one, depth + 1) for one in _within(node))


def _within(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, SequenceNode):
        yield from node.value


def _too_deep(line: int) -> MappingInvalid:
    return MappingInvalid(line, f"more than {_DEEPEST} values within one another")


def line_of(node: Node) -> int:
    """Where the node starts, counted from 1."""
    return node.start_mark.line + 1


def pairs(node: Node, what: str) -> list[tuple[Node, Node]]:
    """Keys and values of a mapping node, in order, each key a scalar and said once."""
    if not isinstance(node, MappingNode):
        raise MappingInvalid(line_of(node), f"{what} must be a mapping of keys to values")
    seen: set[str] = set()
    for key_node, _ in node.value:
        key = text(key_node, f"a key of {what}")
        if key in seen:
            raise MappingInvalid(line_of(key_node), f"{what} says {key!r} twice")
        seen.add(key)
    return list(node.value)


def entries(node: Node, what: str, known: Collection[str] | None = None) -> dict[str, Node]:
    """The values of a mapping node by key; with `known`, any other key is refused by name."""
    found: dict[str, Node] = {}
    for key_node, value in pairs(node, what):
        key = text(key_node, what)
        if known is not None and key not in known:
            raise MappingInvalid(line_of(key_node), _unknown(key, what, known))
        found[key] = value
    return found


def _unknown(key: str, what: str, known: Collection[str]) -> str:
    hint = did_you_mean(key, known) or f"; known: {', '.join(sorted(known))}"
    return f"unknown key {key!r} in {what}{hint}"


def items(node: Node, what: str) -> list[Node]:
    """The items of a list node, at least one."""
    if not isinstance(node, SequenceNode) or not node.value:
        raise MappingInvalid(line_of(node), f"{what} must be a list that is not empty")
    return list(node.value)


def text(node: Node, what: str) -> str:
    """A scalar as it is written."""
    if not isinstance(node, ScalarNode):
        raise MappingInvalid(line_of(node), f"{what} must be a single value")
    return node.value


def texts(node: Node, what: str) -> tuple[str, ...]:
    """A scalar or a list of scalars, as they are written."""
    if isinstance(node, ScalarNode):
        return (node.value,)
    return tuple(text(item, f"an item of {what}") for item in items(node, what))


def scalar(node: Node, what: str) -> Scalar:
    """A scalar with its YAML type: text, whole or decimal number, true or false."""
    written = text(node, what)
    if node.tag not in _SCALAR_TAGS:
        raise MappingInvalid(line_of(node), f"{what} must be text, a number, true or false")
    if node.tag == "tag:yaml.org,2002:str":
        return written
    try:
        found: object = yaml.safe_load(written)
    except (yaml.YAMLError, ValueError) as error:
        raise MappingInvalid(line_of(node), f"{what} is no number that can be read") from error
    if not isinstance(found, str | int | float):
        raise MappingInvalid(line_of(node), f"{what} must be text, a number, true or false")
    return found


def boolean(node: Node, what: str) -> bool:
    """`true` or `false`."""
    written = text(node, what)
    if written not in _YES_NO:
        raise MappingInvalid(line_of(node), f"{what} must be true or false")
    return _YES_NO[written]


def integer(node: Node, what: str) -> int:
    """A whole number."""
    written = text(node, what)
    if not _INTEGER.fullmatch(written):
        raise MappingInvalid(line_of(node), f"{what} must be a whole number")
    return int(written)


def choice(node: Node, what: str, choices: Collection[str]) -> str:
    """One of `choices`, or refused with the nearest of them."""
    written = text(node, what)
    if written in choices:
        return written
    listed = ", ".join(sorted(choices))
    hint = did_you_mean(written, choices)
    raise MappingInvalid(line_of(node), f"{what} must be one of {listed}{hint}")
