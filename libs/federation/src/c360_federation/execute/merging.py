"""Putting answers together: renames undone, then a deep merge into what is there."""

from __future__ import annotations

from c360_federation.execute.missing_values import blame
from c360_federation.holes import UNKNOWN, Hole
from c360_federation.plan.model import Rename
from c360_federation.values import Json, JsonObject


def undo_renames(value: Json, renames: tuple[Rename, ...]) -> None:
    """Give aliased fields of an answer the response key they stand for."""
    if isinstance(value, list):
        for one in value:
            undo_renames(one, renames)
    elif isinstance(value, dict):
        # Take every alias out before any goes in: one's key may be another's alias.
        found = [(one, value.pop(one.sent)) for one in renames if one.sent in value]
        for rename, inner in found:
            if rename.children:
                undo_renames(inner, rename.children)
            value[rename.key] = merged(value[rename.key], inner) if rename.key in value else inner


def merge_into(target: JsonObject, source: JsonObject) -> None:
    """Merge an object; the source may be shared, so containers are copied."""
    for key, value in source.items():
        if key in target:
            target[key] = merged(target[key], value)
        else:
            target[key] = copied(value) if isinstance(value, (dict, list)) else value


def take_into(target: JsonObject, source: JsonObject) -> None:
    """Merge an object that nobody else has or needs: its containers are taken as they are."""
    for key, value in source.items():
        target[key] = merged(target[key], value) if key in target else value


def merged(present: Json, value: Json) -> Json:
    """One of two answers for the same place, or both put together; null never wins.

    An object that wins over a null or a hole lacks what the other was to give, and says so.
    """
    if value is None:
        if isinstance(present, (dict, list)):
            blame(present, UNKNOWN)
        return present
    if isinstance(present, dict) and isinstance(value, dict):
        merge_into(present, value)
        return present
    if isinstance(present, list) and isinstance(value, list) and len(present) == len(value):
        return [merged(old, new) for old, new in zip(present, value, strict=True)]
    if isinstance(value, Hole):
        return _beside_a_hole(present, value)
    made = copied(value)
    if present is None or isinstance(present, Hole):
        blame(made, present or UNKNOWN)
    return made


def _beside_a_hole(present: Json, hole: Hole) -> Json:
    if present is None or (isinstance(present, Hole) and present.fault is None):
        return hole
    blame(present, hole)
    return present


def copied(value: Json) -> Json:
    """A copy that shares no container."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value
