"""The hooks of whoever decides what may be used, and in what form it may leave."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from graphql import GraphQLSchema

from c360_federation.values import Json

Transform: TypeAlias = Callable[[Json], Json]


class UseKind(Enum):
    """In which way an operation uses a coordinate."""

    FIELD = "field"
    REQUIRED = "required"
    ARGUMENT = "argument"
    INPUT_FIELD = "input_field"
    ENUM_VALUE = "enum_value"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of one coordinate, at the response keys of `path`."""

    coordinate: str
    kind: UseKind
    path: tuple[str, ...]
    because_of: str | None = None
    operation: str = "query"


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a use is refused; goes to the caller as an error entry."""

    code: str
    message: str
    extensions: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class DeniedUse:
    """A use that was refused; `path` is the field that was cut for it."""

    use: Use
    denial: Denial
    path: tuple[str, ...]


class Policy(Protocol):
    """Decides uses; `key` separates everything that is cached for it."""

    @property
    def key(self) -> Hashable:
        """Equal only when every answer of this policy is equal."""
        ...

    def decide(self, use: Use) -> Denial | None:
        """Allow a use (None), or say why not: then the field is cut before planning."""
        ...

    def transform(self, coordinate: str) -> Transform | None:
        """What to apply to each value of a leaf field of a concrete type, if anything."""
        ...

    def introspection(self, schema: GraphQLSchema) -> GraphQLSchema | None:
        """The schema to show; None refuses introspection."""
        ...


class _Open:
    """Everything is allowed, as it is."""

    key: Hashable = None

    def decide(self, use: Use) -> Denial | None:
        del use
        return None

    def transform(self, coordinate: str) -> Transform | None:
        del coordinate
        return None

    def introspection(self, schema: GraphQLSchema) -> GraphQLSchema | None:
        return schema


OPEN: Policy = _Open()
"""The policy that allows everything."""
