"""`pages:`: how a source goes on to its next page."""

from __future__ import annotations

from c360_mapping import nodes
from yaml.nodes import Node

from c360_connectors.pulling.pages import ByAddress, ByMark, ByNumber, ByOffset, OnePage, Pages
from c360_connectors.reading.scalars import (
    only_one,
    path_in_answer,
    positive,
    required,
)

_KINDS = ("offset", "page", "next", "link")
_LINKS = ("path", "header")


def pages_of(node: Node | None, what: str) -> Pages:
    """One way; all at once where none is said. Raises `MappingInvalid`."""
    if node is None:
        return OnePage()
    kind, one = only_one(nodes.entries(node, what, _KINDS), what)
    place = f"{what}.{kind}"
    if kind == "offset":
        parts = nodes.entries(one, place, ("limit",))
        return ByOffset(positive(required(parts, "limit", one, place), f"{place}.limit"))
    if kind == "page":
        return _by_number(one, place)
    return _by_mark(one, place) if kind == "next" else _by_address(one, place)


def _by_number(node: Node, what: str) -> ByNumber:
    parts = nodes.entries(node, what, ("limit", "first", "count"))
    limit = positive(required(parts, "limit", node, what), f"{what}.limit")
    begin = nodes.integer(parts["first"], f"{what}.first") if "first" in parts else 1
    count = path_in_answer(parts["count"], f"{what}.count") if "count" in parts else None
    return ByNumber(limit, begin, count)


def _by_mark(node: Node, what: str) -> ByMark:
    parts = nodes.entries(node, what, ("path", "row", "limit"))
    limit = positive(parts.pop("limit"), f"{what}.limit") if "limit" in parts else None
    where, one = only_one(parts, what)
    return ByMark(path_in_answer(one, f"{what}.{where}"), where == "row", limit)


def _by_address(node: Node, what: str) -> ByAddress:
    where, one = only_one(nodes.entries(node, what, _LINKS), what)
    if where == "header":
        nodes.choice(one, f"{what}.header", ("link",))
        return ByAddress(None)
    return ByAddress(path_in_answer(one, f"{what}.path"))
