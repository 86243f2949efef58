"""Events: what happened to the person a source record is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.value_object import value_object

_NOTHING: Mapping[str, TraitValue] = {}


class EventName(NamedTuple):
    """Names one event for ever: its source and the source's own message id."""

    source: str
    message_id: str


@value_object
class Event:
    """Something that happened at `occurred_at` (ms UTC), seen on `record`."""

    record: RecordKey
    message_id: str
    name: str
    occurred_at: int
    stamp: str
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)

    @property
    def id(self) -> EventName:
        """The event's name among all events."""
        return EventName(self.record.source, self.message_id)

    @property
    def place(self) -> TimelinePlace:
        """Where the event stands in a timeline."""
        return TimelinePlace(self.occurred_at, self.record.source, self.message_id)

    def outranks(self, other: Event | None) -> bool:
        """True if this is the entry that counts for their common name: the first stamped."""
        return other is None or self.stamp < other.stamp


class TimelinePlace(NamedTuple):
    """The sort key of a timeline: newest first, then by source and message id."""

    occurred_at: int
    source: str
    message_id: str

    @property
    def rank(self) -> tuple[int, str, str]:
        """Ascending in timeline order."""
        return (-self.occurred_at, self.source, self.message_id)
