"""What rules may be about: the acts, and which kinds of object each of them speaks of.

A new act or a new kind of object is added here, and nowhere else in the reading of policies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import get_args

from c360_policy.rule import AD_HOC, ANY, ROLE_PREFIX, TAG_PREFIX, UNAPPROVED, Act


class Kind(Enum):
    """A kind of object."""

    EVERYTHING = auto()
    TYPE = auto()
    COORDINATE = auto()
    TAG = auto()
    OPERATION = auto()
    ROLE = auto()
    POLICY = auto()


_GRAPH = frozenset({Kind.EVERYTHING, Kind.TYPE, Kind.COORDINATE, Kind.TAG})
SPOKEN_OF: Mapping[Act, frozenset[Kind]] = {
    "read": _GRAPH,
    "write": _GRAPH | {Kind.POLICY},
    "lookup": _GRAPH,
    "filter": _GRAPH,
    "export": _GRAPH,
    "introspect": frozenset({Kind.EVERYTHING}),
    "ask": frozenset({Kind.EVERYTHING, Kind.OPERATION}),
    "break_glass": frozenset({Kind.ROLE}),
}
_SINGLE = {ANY: Kind.EVERYTHING, AD_HOC: Kind.OPERATION, UNAPPROVED: Kind.POLICY}
ACTS: tuple[Act, ...] = get_args(Act)
_NAME = "[_A-Za-z][_0-9A-Za-z]*"
_TYPE = re.compile(rf"({_NAME})\.\*")
_COORDINATE = re.compile(rf"{_NAME}\.{_NAME}(\({_NAME}:\))?")


def act_of(text: str) -> Act | None:
    """The act of this name."""
    return next((act for act in ACTS if act == text), None)


def kind_of(obj: str) -> Kind | None:
    """The kind of an object as it is written; None for what is no object of ours."""
    if obj in _SINGLE:
        return _SINGLE[obj]
    if obj.startswith(TAG_PREFIX):
        return Kind.TAG
    if obj.startswith(ROLE_PREFIX):
        return Kind.ROLE
    if _TYPE.fullmatch(obj):
        return Kind.TYPE
    return Kind.COORDINATE if _COORDINATE.fullmatch(obj) else None
