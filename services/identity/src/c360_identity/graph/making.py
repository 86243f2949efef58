"""How GraphQL types are made of classes whose fields a catalog decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry


def field_of(resolver: Callable[..., Any], type_: Any, description: str | None = None) -> Any:  # noqa: ANN401 - strawberry's own
    """A field that a resolver answers with a type."""
    return strawberry.field(resolver=resolver, graphql_type=type_, description=description)


def class_of(
    name: str, bases: tuple[type, ...], annotations: dict[str, Any], fields: dict[str, Any]
) -> Any:  # noqa: ANN401 - strawberry decorates it
    """An undecorated class with these annotations and fields."""
    namespace = {"__annotations__": annotations, "__module__": __name__, **fields}
    return type(name, bases, namespace)


def type_of(
    name: str,
    node: type,
    private: Mapping[str, Any],
    fields: Mapping[str, Any],
    description: str,
) -> Any:  # noqa: ANN401 - a class that Strawberry decorated
    """The GraphQL type of what a class answers; `private` is what it is made with."""
    made = class_of(name, (node,), dict(private), dict(fields))
    return strawberry.type(made, description=description)
