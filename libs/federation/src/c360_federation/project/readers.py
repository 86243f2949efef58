"""Readers: small closures that turn merged subgraph data into the caller's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from c360_federation.holes import Hole
from c360_federation.policy import Transform
from c360_federation.project.leaves import LARGEST, SMALLEST, Exact, Never
from c360_federation.project.problems import NULLED, Place, Problems
from c360_federation.project.reader import Reader
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject


class Slot(NamedTuple):
    """One response key of an object.

    `default` is what is read where nothing is; values of type `exact` pass as they are, an `int`
    within the range of an Int.
    """

    key: str
    source: str
    default: Hole | None
    may_be_null: bool
    exact: Exact
    read: Reader


Slots: TypeAlias = tuple[Slot, ...]


def plain(value: Json, place: Place, problems: Problems) -> Json:
    """Whatever is there."""
    del place, problems
    return value


def hidden(value: Json, place: Place, problems: Problems) -> Json:
    """Nothing, whatever is there: the schema hides it."""
    return None if value is None else problems.hidden_field(place)


def constant(value: Json) -> Reader:
    """The same for every object."""

    def read(_: Json, __: Place, ___: Problems) -> Json:
        return value

    return read


def transformed(transform: Transform, read: Reader, exact: Exact) -> Reader:
    """Apply a transform to what the inner reader lets through; what it cannot take stays here.

    Values of type `exact` need no reader.
    """
    passes = str if exact is str else Never

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        inner = value if type(value) is passes else read(value, place, problems)
        if inner is None or inner is NULLED:
            return inner
        try:
            return transform(inner)
        except Exception:
            return problems.untransformed(place)

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
            return None if value is None else problems.bad_reply(place, "gave no list")
        made: list[Json] = []
        for index, one in enumerate(value):
            inner = problems.hole(one, None, (place, index)) if type(one) is Hole else one
            if inner is not NULLED:
                inner = read(inner, (place, index), problems)
            if inner is NULLED:
                if not items_may_be_null:
                    return NULLED
                inner = None
            made.append(inner)
        return made

    return reader


def list_of_exactly(exact: Exact, read: Reader, *, items_may_be_null: bool) -> Reader:
    """A list of leaves, most of which pass as they are."""
    fits = {exact, type(None)} if items_may_be_null else {exact}
    slowly = list_of(read, items_may_be_null=items_may_be_null)

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if type(value) is list and fits.issuperset(map(type, value)):
            return value
        return slowly(value, place, problems)

    return reader


def fill(slots: Slots, value: JsonObject, place: Place, problems: Problems) -> Json:
    """Project one object."""
    made: JsonObject = {}
    for key, source, default, may_be_null, exact, read in slots:
        inner = value.get(source, default)
        kind = type(inner)
        if kind is exact:
            fits = kind is not int or SMALLEST <= inner <= LARGEST
        else:
            fits = inner is None and may_be_null
        if not fits:
            if type(inner) is Hole:
                inner = problems.hole(inner, value, (place, key))
            if inner is not NULLED:
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
        if not isinstance(value, dict):
            return None if value is None else problems.bad_reply(place, "gave no object")
        return fill(slots, value, place, problems)

    return reader


@dataclass(frozen=True, slots=True)
class Types:
    """The types of object that may be at an abstract place.

    Slots are compiled for a type when it first turns up. `is_given` is whether a subgraph is asked
    for the type.
    """

    slots_of: Callable[[str | None], Slots | None]
    known: Mapping[str | None, Slots]
    hidden: frozenset[str]
    is_given: bool


def abstract_of(types: Types) -> Reader:
    """An object that tells its own type."""
    known, is_given = types.known, types.is_given

    def reader(value: Json, place: Place, problems: Problems) -> Json:
        if not isinstance(value, dict):
            return None if value is None else problems.bad_reply(place, "gave no object")
        name = value.get(TYPENAME)
        slots = known.get(name) if type(name) is str else None
        if slots is None:
            if name is None and is_given and problems.untyped(value, place) is NULLED:
                return NULLED
            slots = _slots_at_last(types, name)
            if slots is None:
                return _unexpected(types, name, place, problems)
        return fill(slots, value, place, problems)

    return reader


def _slots_at_last(types: Types, name: Json) -> Slots | None:
    if name is not None and not isinstance(name, str):
        return None
    return types.known.get(name) or types.slots_of(name)


def _unexpected(types: Types, name: Json, place: Place, problems: Problems) -> Json:
    if isinstance(name, str) and name in types.hidden:
        return problems.hidden_type(place)
    return problems.bad_reply(place, "gave an object of a type that is not expected there")
