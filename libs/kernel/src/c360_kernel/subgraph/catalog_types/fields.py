"""The pieces that every catalog-made type is built of."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import strawberry
from strawberry.federation.schema_directives import Tag

from c360_kernel.catalog.names import PUBLIC
from c360_kernel.subgraph.scalars import Date, DateTime, Long
from c360_kernel.value_types import ValueType

OUTPUT_TYPES: Mapping[ValueType, Any] = {
    "string": str,
    "int": Long,
    "float": float,
    "boolean": bool,
    "date": Date,
    "datetime": DateTime,
    "strings": list[str],
}
"""The GraphQL type of every value type."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its GraphQL name, its type (made nullable), its tag or tags and what it says."""

    name: str
    type: Any
    tag: str | Sequence[str]
    description: str = ""


@lru_cache(maxsize=4_096)
def attribute(name: str) -> str:
    """The Python attribute of a GraphQL field: the same name, but `class_` for `class`."""
    return f"{name}_" if keyword.iskeyword(name) else name


def tags_of(tag: str | Sequence[str]) -> list[str]:
    """`public` says "not personal" and is no tag in the graph; of several tags each is there."""
    given = (tag,) if isinstance(tag, str) else tag
    return list(dict.fromkeys(one for one in given if one not in ("", PUBLIC)))


def named_value(name: str, tag: str | Sequence[str], description: str) -> Any:  # noqa: ANN401 - Strawberry's own
    """A value of an enum with its tag; Strawberry's own for federation takes no description."""
    directives = [Tag(name=one) for one in tags_of(tag)]
    return strawberry.enum_value(name, directives=directives, description=description)


def class_with(name: str, specs: list[FieldSpec], bases: tuple[type, ...] = ()) -> type:
    """An undecorated class with these fields, all nullable and None unless given."""
    namespace: dict[str, Any] = {
        attribute(spec.name): strawberry.federation.field(
            name=spec.name,
            tags=tags_of(spec.tag),
            description=spec.description or None,
            default=None,
        )
        for spec in specs
    }
    namespace["__annotations__"] = {attribute(spec.name): spec.type | None for spec in specs}
    namespace["__module__"] = __name__
    return type(name, bases, namespace)
