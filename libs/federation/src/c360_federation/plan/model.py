"""The plan: fetches with their dependencies, ready to be executed any number of times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, final

PathStep: TypeAlias = str | frozenset[str]
"""A response key, or the set of type names that an object must be one of."""
Path: TypeAlias = tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a representation: its name there, and the response key that holds it."""

    name: str
    key: str
    children: Inputs = ()


@final
@dataclass(frozen=True, slots=True)
class InputFragment:
    """Fields of a representation that only some types have."""

    types: frozenset[str]
    children: Inputs


Inputs: TypeAlias = tuple[Input | InputFragment, ...]


@dataclass(frozen=True, slots=True)
class RequestedField:
    """A response key that a request asks of an object; of every one, or of those of `types`.

    `is_internal` is what only the planner needs.
    """

    key: str
    sent: str
    types: frozenset[str] | None = None
    is_internal: bool = False
    children: tuple[RequestedField, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityCall:
    """One `_entities` field of a request."""

    alias: str
    variable: str
    path: Path
    type: str
    static_typename: str | None
    inputs: Inputs
    requested: tuple[RequestedField, ...] = ()

    @property
    def requested_keys(self) -> tuple[str, ...]:
        """The response keys that the caller asked for."""
        return requested_keys(self.requested)

    def place(self) -> tuple[str, ...]:
        """The path without type conditions."""
        return tuple(step for step in self.path if isinstance(step, str))

    def places(self) -> tuple[tuple[str, ...], ...]:
        """Where the caller misses something without this call; the entity itself if nowhere."""
        return tuple((*self.place(), key) for key in self.requested_keys) or (self.place(),)


@dataclass(frozen=True, slots=True)
class Rename:
    """Sent under `sent`, merged under `key`; `children` are renames below it."""

    sent: str
    key: str
    children: tuple[Rename, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph."""

    id: int
    subgraph: str
    operation: str
    query: str
    operation_name: str | None
    variables: tuple[str, ...]
    depends_on: frozenset[int]
    calls: tuple[EntityCall, ...] = ()
    renames: tuple[Rename, ...] = ()
    requested: tuple[RequestedField, ...] = ()

    @property
    def requested_keys(self) -> tuple[str, ...]:
        """The response keys of a root request that the caller asked for."""
        return requested_keys(self.requested)

    def places(self) -> tuple[tuple[str, ...], ...]:
        """Where the caller misses something when this fetch fails, without list positions."""
        if not self.calls:
            return tuple((key,) for key in self.requested_keys)
        return tuple(place for call in self.calls for place in call.places())


@dataclass(frozen=True, slots=True)
class Plan:
    """All fetches of an operation, in an order where inputs come first.

    Of these, everything else waits for each of `alone`, one after the other; the `rest` runs side
    by side.
    """

    fetches: tuple[Fetch, ...] = ()
    alone: tuple[Fetch, ...] = field(init=False, compare=False, repr=False)
    rest: tuple[Fetch, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        alone, rest = _split(self.fetches)
        object.__setattr__(self, "alone", alone)
        object.__setattr__(self, "rest", rest)


def _split(fetches: tuple[Fetch, ...]) -> tuple[tuple[Fetch, ...], tuple[Fetch, ...]]:
    alone, rest = (), fetches
    while len(ready := _ready(rest)) == 1:
        alone, rest = (*alone, *ready), tuple(one for one in rest if one is not ready[0])
    return alone, rest


def _ready(fetches: tuple[Fetch, ...]) -> list[Fetch]:
    here = {one.id for one in fetches}
    return [one for one in fetches if here.isdisjoint(one.depends_on)]


def requested_keys(requested: tuple[RequestedField, ...]) -> tuple[str, ...]:
    """The response keys that the caller asked for, each once."""
    return tuple(dict.fromkeys(one.key for one in requested if not one.is_internal))
