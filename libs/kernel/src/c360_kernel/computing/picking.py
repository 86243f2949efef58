"""What a computed trait looks at of an event: whether it counts, and the value that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import EventType
from c360_kernel.computing.kinds import Seen
from c360_kernel.conditions.reading import read_condition, read_test
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.value_types import ValueType, fits

_ADDS_NOTHING = 0.0
"""A purchase counts whether or not it says what was paid."""


class Happened(Protocol):
    """An event, as far as it is looked at: it happened at `occurred_at` (ms UTC)."""

    @property
    def record(self) -> RecordKey:
        """The source record that it was seen on."""
        ...

    @property
    def message_id(self) -> str:
        """Names it among all events of the record's source."""
        ...

    @property
    def name(self) -> str:
        """What happened."""
        ...

    @property
    def occurred_at(self) -> int:
        """When it happened."""
        ...

    @property
    def properties(self) -> Mapping[str, TraitValue]:
        """What is said of it."""
        ...


@dataclass(frozen=True, slots=True)
class Picker:
    """What of events is looked at: a condition (None: all of them), and a property with its types.

    Traits that look at the same of the same events share one. `otherwise` is what is seen of an
    event without a value of the property, None: such a one does not count.
    """

    number: int
    condition: ValueCondition | None
    looks_at: str
    types: Mapping[str, ValueType]
    otherwise: TraitValue | None = None

    def seen(self, event: Happened) -> Seen | None:
        """What there is to see of an event of one of its names; None of one that does not count."""
        if self.condition is not None and not self.condition.holds(event.properties):
            return None
        name = self.looks_at
        if not name:
            value = event.occurred_at if self.otherwise is None else self.otherwise
            return Seen(event.occurred_at, event.record.source, event.message_id, value)
        found, type_ = event.properties.get(name), self.types[event.name]
        if found is None or not fits(type_, found):
            found = self.otherwise
        if found is None:
            return None
        value = float(found) if type_ == "float" else found  # type: ignore[arg-type] - it fits
        return Seen(event.occurred_at, event.record.source, event.message_id, value)


def picker_of(events: Mapping[str, EventType], trait: ComputedTrait, number: int) -> Picker:
    """What a trait looks at, of the events of a catalog."""
    properties = events[trait.events[0]].readable
    condition: ValueCondition | None = None
    if trait.where is not None:
        condition = read_condition(
            trait.where, lambda leaf: read_test(leaf, properties[leaf["property"]])
        )
    looks_at = trait.looks_at
    types: dict[str, ValueType] = {
        event: events[event].readable[looks_at].type for event in trait.events if looks_at
    }
    return Picker(number, condition, looks_at, types, _ADDS_NOTHING if trait.of else None)
