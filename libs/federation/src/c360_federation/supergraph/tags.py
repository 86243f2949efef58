"""`@tag` by coordinate."""

from __future__ import annotations

from graphql import DocumentNode

from c360_federation.supergraph.coordinates import coordinates
from c360_federation.supergraph.directives import applied


def read_tags(document: DocumentNode) -> dict[str, frozenset[str]]:
    """Every coordinate that carries a tag, with its tags."""
    tags: dict[str, frozenset[str]] = {}
    for coordinate, node in coordinates(document):
        names = frozenset(arguments["name"] for arguments in applied(node, "tag"))
        if names:
            tags[coordinate] = names
    return tags
