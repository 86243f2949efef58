"""How GraphQL types are made of classes whose fields a catalog decides.

Accounts and links name each other, so that a class is there before what its fields are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry


def field_of(
    resolver: Callable[..., Any],
    type_: Any,  # noqa: ANN401 - strawberry's own
    description: str,
    tags: Sequence[str] = (),
) -> Any:  # noqa: ANN401 - strawberry's own
    """A field that a resolver answers with a type."""
    return strawberry.federation.field(
        resolver=resolver, graphql_type=type_, description=description, tags=tags
    )


def empty(name: str, base: type) -> Any:  # noqa: ANN401 - strawberry decorates it
    """A class without fields of its own."""
    return type(name, (base,), {"__module__": __name__, "__annotations__": {}})


def furnish(
    kind: Any,  # noqa: ANN401 - what `empty` gave
    annotations: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> None:
    """Give a class its fields."""
    kind.__annotations__.update(annotations)
    for name, field in fields.items():
        setattr(kind, name, field)
