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
                _gather(one.get(step), below)
            found = below
        else:
            # An object that does not tell its type is what the planner took it for.
            found = [one for one in found if one.get(TYPENAME) is None or one[TYPENAME] in step]
    return found


def _gather(value: Json, into: list[JsonObject]) -> None:
    if isinstance(value, dict):
        into.append(value)
    elif isinstance(value, list):
        for one in value:
            _gather(one, into)


def paths_of(data: JsonObject, path: Path) -> dict[int, list[str | int]]:
    """The place of each object at a path, by identity; only needed when something went wrong."""
    found: list[tuple[JsonObject, list[str | int]]] = [(data, [])]
    for step in path:
        if isinstance(step, str):
            below: list[tuple[JsonObject, list[str | int]]] = []
            for one, place in found:
                _gather_places(one.get(step), [*place, step], below)
            found = below
    return {id(one): place for one, place in found}


def _gather_places(
    value: Json, place: list[str | int], into: list[tuple[JsonObject, list[str | int]]]
) -> None:
    if isinstance(value, dict):
        into.append((value, place))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _gather_places(one, [*place, index], into)
