"""Readers: small closures that turn merged subgraph data into the caller's answer.

A reader returns the value, or None for a plain null, or NULLED for a null that has been
accounted for and must now rise to the nearest place that may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from c360_federation.errors import HIDDEN_ENUM_VALUE, NULL_IN_NON_NULL, ErrorEntry, entry
from c360_federation.policy import Transform
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject

NULLED = object()
Place: TypeAlias = tuple["Place", str | int] | None
"""A path as a linked list: cheap to grow, only unrolled when there is an error to tell."""


@dataclass(slots=True)
class Problems:
    """What went wrong while one answer was projected."""

    errors: list[ErrorEntry] = field(default_factory=list[ErrorEntry])

    def null_in_non_null(self, place: Place) -> None:
        """A null stands where the schema forbids one."""
        message = "No value for a field that may not be null"
        self.errors.append(entry(NULL_IN_NON_NULL, message, unrolled(place)))

    def hidden_enum_value(self, place: Place, name: str) -> None:
        """A value that the schema does not show."""
        message = f'A value of enum "{name}" is not part of the schema'
        self.errors.append(entry(HIDDEN_ENUM_VALUE, message, unrolled(place)))


Reader: TypeAlias = Callable[[Json, Place, Problems], Json]


def unrolled(place: Place) -> list[str | int]:
    """The linked list as a path."""
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return steps[::-1]


class Slot(NamedTuple):
    """One response key of an object."""

    key: str
    source: str
    may_be_null: bool
    read: Reader | None


Slots: TypeAlias = tuple[Slot, ...]


def plain(value: Json, place: Place, problems: Problems) -> Json:
    """Whatever is there."""
    del place, problems
    return value


def constant(value: Json) -> Reader:
    """The same for every object."""

    def read(_: Json, __: Place, ___: Problems) -> Json:
        return value

    return read


def transformed(transform: Transform, read: Reader) -> Reader:
    """Apply a transform to what the inner reader lets through."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        inner = read(value, place, problems)
        return inner if inner is None or inner is NULLED else transform(inner)

    return reader


def enum(name: str, visible: frozenset[str]) -> Reader:
    """An enum value, null when the schema hides it."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if value is None or value in visible:
            return value
        problems.hidden_enum_value(place, name)
        return NULLED

    return reader


def non_null(read: Reader) -> Reader:
    """Report a null, once, and let it rise."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        inner = read(value, place, problems)
        if inner is None:
            problems.null_in_non_null(place)
            return NULLED
        return inner

    return reader


def list_of(read: Reader, *, items_may_be_null: bool) -> Reader:
    """A list; a nulled item that may not be null takes the list with it."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if not isinstance(value, list):
            return None
        made: list[Json] = []
        for index, one in enumerate(value):
            inner = read(one, (place, index), problems)
            if inner is NULLED:
                if not items_may_be_null:
                    return NULLED
                inner = None
            made.append(inner)
        return made

    return reader


def fill(slots: Slots, value: JsonObject, place: Place, problems: Problems) -> Json:
    """Project one object."""
    made: JsonObject = {}
    for key, source, may_be_null, read in slots:
        inner = value.get(source)
        if read is not None:
            inner = read(inner, (place, key), problems)
            if inner is NULLED:
                if not may_be_null:
                    return NULLED
                inner = None
        made[key] = inner
    return made


def object_of(slots: Slots) -> Reader:
    """An object whose type is known from the schema."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        return fill(slots, value, place, problems) if isinstance(value, dict) else None

    return reader


def abstract_of(
    slots_of: Callable[[str | None], Slots | None], known: Mapping[str, Slots]
) -> Reader:
    """An object that tells its own type; slots are compiled for a type when it first turns up."""

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if not isinstance(value, dict):
            return None
        name = value.get(TYPENAME)
        slots = known.get(name) if name is not None else None
        if slots is None:
            slots = slots_of(name)
            if slots is None:
                return None
        return fill(slots, value, place, problems)

    return reader
