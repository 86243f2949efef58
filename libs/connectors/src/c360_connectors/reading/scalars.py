"""Single values of a connector's file."""

from __future__ import annotations

from collections.abc import Collection

from c360_mapping import nodes, paths
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.answers import Find, finder
from c360_connectors.durations import duration_ms
from c360_connectors.templates import Template, TemplateInvalid, template


def length_ms(node: Node, what: str, least_ms: int = 0) -> int:
    """A length of time, in milliseconds."""
    try:
        found = duration_ms(nodes.text(node, what))
    except ValueError as error:
        raise MappingInvalid(nodes.line_of(node), f"{what}: {error}") from error
    if found < least_ms:
        raise MappingInvalid(nodes.line_of(node), f"{what} is at least {least_ms // 1_000}s")
    return found


def positive(node: Node, what: str) -> int:
    """A whole number from 1 on."""
    found = nodes.integer(node, what)
    if found < 1:
        raise MappingInvalid(nodes.line_of(node), f"{what} is at least 1")
    return found


def path_in_answer(node: Node, what: str) -> Find:
    """Where something stands in an answer."""
    written = nodes.text(node, what)
    try:
        return finder(written)
    except paths.PathInvalid as error:
        message = f"{what}: a path is written as result.items, list[0].code or [] for a list"
        raise MappingInvalid(nodes.line_of(node), message) from error


def path_in_row(node: Node, what: str) -> paths.Find:
    """Where something stands in a row."""
    try:
        return paths.path(nodes.text(node, what))
    except paths.PathInvalid as error:
        message = f"{what}: a path is written as store.city or names[0].first"
        raise MappingInvalid(nodes.line_of(node), message) from error


def text_with_places(node: Node, what: str, known: Collection[str]) -> Template:
    """A text whose places are among the known ones."""
    try:
        return template(nodes.text(node, what), known)
    except TemplateInvalid as error:
        raise MappingInvalid(nodes.line_of(node), f"{what}: {error}") from error


def required(parts: dict[str, Node], key: str, node: Node, what: str) -> Node:
    """What has to be said."""
    if key not in parts:
        raise MappingInvalid(nodes.line_of(node), f"{what} needs {key!r}")
    return parts[key]


def only_one(parts: dict[str, Node], what: str) -> tuple[str, Node]:
    """The one thing that is said."""
    if len(parts) != 1:
        first = min(map(nodes.line_of, parts.values()), default=1)
        raise MappingInvalid(first, f"{what} names one way")
    return next(iter(parts.items()))
