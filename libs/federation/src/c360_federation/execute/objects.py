"""Finding the objects of an answer that a path leads to."""

from __future__ import annotations

from c360_federation.plan.model import Path
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject


def objects_at(data: JsonObject, path: Path) -> list[JsonObject]:
    """All objects at a path; lists are flattened, type conditions filter."""
    found: list[JsonObject] = [data]
    for step in path:
        if isinstance(step, str):
            below: list[JsonObject] = []
            for one in found:
                value = one.get(step)
                if type(value) is dict:
                    below.append(value)
                else:
                    _gather(value, below)
            found = below
        else:
            found = [one for one in found if is_one_of(one, step)]
    return found


def _gather(value: Json, into: list[JsonObject]) -> None:
    if isinstance(value, dict):
        into.append(value)
    elif isinstance(value, list):
        for one in value:
            if type(one) is dict:
                into.append(one)
            else:
                _gather(one, into)


def is_one_of(one: JsonObject, types: frozenset[str]) -> bool:
    """Whether an object is of one of these types, or does not tell its type."""
    # An object that does not tell its type is what the planner took it for.
    name = one.get(TYPENAME)
    return name is None or (isinstance(name, str) and name in types)


def places_of(data: JsonObject, path: Path) -> dict[int, tuple[str | int, ...]]:
    """The place of each object at a path, by identity; only needed when something went wrong."""
    found: list[tuple[JsonObject, tuple[str | int, ...]]] = [(data, ())]
    for step in path:
        if isinstance(step, str):
            below: list[tuple[JsonObject, tuple[str | int, ...]]] = []
            for one, place in found:
                _gather_places(one.get(step), (*place, step), below)
            found = below
    return {id(one): place for one, place in found}


def _gather_places(
    value: Json,
    place: tuple[str | int, ...],
    into: list[tuple[JsonObject, tuple[str | int, ...]]],
) -> None:
    if isinstance(value, dict):
        into.append((value, place))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _gather_places(one, (*place, index), into)


def stem_of(data: JsonObject, path: Path) -> tuple[str, ...]:
    """The deepest place on a path that stands for all that is there: where a list begins."""
    place: tuple[str, ...] = ()
    value: Json = data
    for step in path:
        if not isinstance(step, str):
            continue
        if not isinstance(value, dict) or step not in value:
            break
        value, place = value[step], (*place, step)
    return place
