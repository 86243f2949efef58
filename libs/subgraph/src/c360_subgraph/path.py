"""Where a value stands in a response, as cheap as can be: most paths are never looked at."""

from __future__ import annotations

from typing import TypeAlias, cast

from graphql.pyutils import Path as GraphQLPath

Path: TypeAlias = "tuple[Path | None, str | int, str | None]"
"""The path of the parent value, the key or index below it, and the type that has the key."""


def keys_of(path: Path | None) -> list[str | int]:
    """From the root: `["customer", "records", 0]`."""
    keys: list[str | int] = []
    while path is not None:
        keys.append(path[1])
        path = path[0]
    return keys[::-1]


def field_path(path: Path) -> Path:
    """The path of the field that a value belongs to, be it in however many lists."""
    while isinstance(path[1], int):
        path = cast(Path, path[0])
    return path


def graphql_path(path: Path | None) -> GraphQLPath | None:
    """The form that graphql-core gives to resolvers."""
    return None if path is None else GraphQLPath(graphql_path(path[0]), path[1], path[2])
