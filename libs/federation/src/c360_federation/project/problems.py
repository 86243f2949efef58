"""What went wrong while one answer was projected, told at the places of the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias

from c360_federation.errors import (
    HIDDEN_ENUM_VALUE,
    HIDDEN_FIELD,
    HIDDEN_TYPE,
    INTERNAL_SERVER_ERROR,
    NULL_IN_NON_NULL,
    SUBGRAPH_BAD_REPLY,
    ErrorEntry,
    entry,
)
from c360_federation.holes import ABSENT, Fault, Hole, ResponsePlace, reason
from c360_federation.values import Json, JsonObject

NULLED = object()
"""A null that has been accounted for and must rise to the nearest place that may be null."""
Place: TypeAlias = tuple["Place", str | int] | None
"""A path as a linked list: cheap to grow, only unrolled when there is an error to tell."""
ServiceAt: TypeAlias = Callable[[ResponsePlace], str | None]
"""The one subgraph that is asked for a place; None when there are several."""
MOST_REPORTED = 100
"""Errors of one fetch, or of one kind, that are told one by one; the rest is counted."""


def unrolled(place: Place) -> list[str | int]:
    """The linked list as a path."""
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return steps[::-1]


class Problems:
    """Collects errors; never more than MOST_REPORTED for one cause."""

    __slots__ = ("_errors", "_left_out", "_met", "_reported", "_service_at")

    def __init__(self, service_at: ServiceAt) -> None:
        self._service_at = service_at
        self._errors: list[ErrorEntry] = []
        self._reported: dict[Hashable, int] = {}
        self._left_out: dict[Hashable, ErrorEntry] = {}
        self._met: set[Fault] = set()

    def hole(self, hole: Hole, value: JsonObject | None, place: Place) -> Json:
        """A hole in `value`: a plain null when it needs no telling."""
        if hole is ABSENT and value is not None:
            hole = reason(value)
        if hole is ABSENT:
            return self.bad_reply(place, "left out what it was asked for")
        if hole.fault is None:
            return None
        self._met.add(hole.fault)
        self._report_fault(hole.fault, (*unrolled(place), *hole.tail))
        return NULLED

    def untyped(self, value: JsonObject, place: Place) -> Json:
        """An object that does not tell its type, though it was asked or has lost it."""
        return self.hole(reason(value), None, place)

    def bad_reply(self, place: Place, text: str) -> Json:
        """What a subgraph gave is not what it was asked for."""
        path = tuple(unrolled(place))
        service = self._service_at(path)
        named = {} if service is None else {"service": service}
        message = f"A subgraph {text}" if service is None else f"Subgraph {service!r} {text}"
        self._add((SUBGRAPH_BAD_REPLY, service), lambda: _reported(message, path, named))
        return NULLED

    def null_in_non_null(self, place: Place) -> None:
        """A null stands where the schema forbids one."""
        self._one(NULL_IN_NON_NULL, "No value for a field that may not be null", place)

    def hidden_enum_value(self, place: Place, name: str) -> Json:
        """A value that the schema does not show."""
        message = f'A value of enum "{name}" is not part of the schema'
        return self._one(HIDDEN_ENUM_VALUE, message, place)

    def hidden_field(self, place: Place) -> Json:
        """A field that the object's own type does not show."""
        message = "A field of this object's type is not part of the schema"
        return self._one(HIDDEN_FIELD, message, place)

    def hidden_type(self, place: Place) -> Json:
        """An object of a type that the schema does not show."""
        return self._one(HIDDEN_TYPE, "The type of an object is not part of the schema", place)

    def untransformed(self, place: Place) -> Json:
        """A value could not be given the form in which it may leave."""
        return self._one(INTERNAL_SERVER_ERROR, "Internal error", place)

    def report_unmet(self, faults: Iterable[Fault], data: Json) -> None:
        """Tell the faults that no null of the answer's data stands for."""
        for fault in faults:
            if fault not in self._met:
                self._met.add(fault)
                self._report_unmet(fault, data)

    def take(self) -> list[ErrorEntry]:
        """The errors since the last call."""
        taken, self._errors = self._errors, []
        return taken

    def finish(self) -> list[ErrorEntry]:
        """The errors since the last call, and counts of those that were left out."""
        return [*self.take(), *self._left_out.values()]

    def _report_unmet(self, fault: Fault, data: Json) -> None:
        if self._reported.get(fault.fetch, 0) >= MOST_REPORTED:
            # Finding the places is not worth it for what is only counted.
            self._report_fault(fault, None)
            return
        for place in fault.places():
            self._report_fault(fault, None if place is None else _within(data, place))

    def _report_fault(self, fault: Fault, place: ResponsePlace | None) -> None:
        self._add(fault.fetch, lambda: fault.entry_at(place))

    def _one(self, code: str, message: str, place: Place) -> Json:
        self._add(code, lambda: entry(code, message, unrolled(place)))
        return NULLED

    def _add(self, cause: Hashable, make: Callable[[], ErrorEntry]) -> None:
        reported = self._reported.get(cause, 0)
        self._reported[cause] = reported + 1
        if reported < MOST_REPORTED:
            self._errors.append(make())
        elif reported == MOST_REPORTED:
            self._left_out[cause] = _count_of(make())
        else:
            self._left_out[cause]["extensions"]["count"] += 1


def _within(data: Json, place: ResponsePlace) -> ResponsePlace | None:
    """A place, or what is left of it in an answer that does not lead there."""
    for depth, step in enumerate(place):
        if data is None:
            break
        if not _has(data, step):
            return place[:depth] or None
        data = data[step]
    return place


def _has(data: Json, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(data, list) and step < len(data)
    return isinstance(data, dict) and step in data


def _reported(message: str, path: ResponsePlace, named: JsonObject) -> ErrorEntry:
    return entry(SUBGRAPH_BAD_REPLY, message, path, **named)


def _count_of(one: ErrorEntry) -> ErrorEntry:
    extensions: JsonObject = one.get("extensions", {})
    kept = {key: extensions[key] for key in ("code", "retryable", "service") if key in extensions}
    return {
        "message": "More errors like the ones before",
        "extensions": {**kept, "count": 1},
    }
