"""Leaving holes in merged data, and planting them in replies, where something is missing."""

from __future__ import annotations

from collections.abc import Iterable

from c360_federation.holes import ABSENT, PARTLY, UNKNOWN, Fault, Hole, ResponsePlace
from c360_federation.plan.model import RequestedField
from c360_federation.selection import TYPENAME
from c360_federation.values import Json, JsonObject


def leave(target: JsonObject, requested: Iterable[RequestedField], hole: Hole) -> None:
    """Leave a hole for each thing that was asked of an object and is not there."""
    typename = target.get(TYPENAME)
    for one in requested:
        if one.types is not None and isinstance(typename, str) and typename not in one.types:
            continue
        if one.key == TYPENAME:
            if typename is None:
                blame(target, hole)
        elif one.key not in target:
            target[one.key] = _noted(hole)
        elif one.children:
            _leave_below(target[one.key], one.children, hole)


def _leave_below(value: Json, requested: tuple[RequestedField, ...], hole: Hole) -> None:
    if isinstance(value, dict):
        leave(value, requested, hole)
    elif isinstance(value, list):
        for one in value:
            _leave_below(one, requested, hole)


def _noted(hole: Hole) -> Hole:
    if hole.fault is not None:
        hole.fault.has_holes = True
    return hole


def blame(value: Json, hole: Hole) -> None:
    """Let objects say why they may lack something: the first fault, or else no fault."""
    if isinstance(value, dict):
        if PARTLY not in value or value[PARTLY].fault is None:
            value[PARTLY] = _noted(hole)
    elif isinstance(value, list):
        for one in value:
            blame(one, hole)


def plant(value: Json, path: ResponsePlace, response_path: ResponsePlace, fault: Fault) -> None:
    """Put a hole where a reply has null on the way of an error's path.

    `response_path` is the same path in the caller's response keys, as far as it leads there.
    """
    for depth, step in enumerate(path):
        inner = _step(value, step)
        if inner is None or inner is ABSENT:
            value[step] = Hole(fault, response_path[depth + 1 :], is_answered=inner is None)
            fault.has_holes = True
            return
        value = inner


def _step(value: Json, step: str | int) -> Json:
    """What is below; ABSENT where there is room for it, UNKNOWN where the path leads nowhere."""
    if isinstance(step, str):
        return value.get(step, ABSENT) if isinstance(value, dict) else UNKNOWN
    inside = isinstance(value, list) and 0 <= step < len(value)
    return value[step] if inside else UNKNOWN


def in_response_keys(path: ResponsePlace, requested: tuple[RequestedField, ...]) -> ResponsePlace:
    """A path in the keys that were sent as one in the caller's, as far as it leads there."""
    made: list[str | int] = []
    for step in path:
        if isinstance(step, str):
            found = next(
                (one for one in requested if one.sent == step and not one.is_internal), None
            )
            if found is None:
                break
            step, requested = found.key, found.children  # noqa: PLW2901
        made.append(step)
    return tuple(made)
