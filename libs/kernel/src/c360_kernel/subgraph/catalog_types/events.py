"""Events: an interface for what all of them have, and a type per event of the catalog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry

from c360_kernel.catalog.model import Catalog, EventType, PropertyType
from c360_kernel.catalog.names import pascal
from c360_kernel.catalog.references import shown_names
from c360_kernel.subgraph.catalog_types.descriptions import event_described, property_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, attribute, class_with
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.scalars import DateTime


@strawberry.federation.interface(description="Something that happened to a customer.")
class Event:
    """What every event has: its name within its source, its kind, its time, its subject."""

    message_id: str | None = record_key_field("Names the event within its source.")
    name: str = strawberry.field(description="Which event of the catalog it is.")
    occurred_at: DateTime = strawberry.field(description="When it happened.")
    source: str = strawberry.field(description="The source that told of it.")
    key: str | None = record_key_field("The source's own key for its subject.")


Referring = Callable[[PropertyType], Any]
"""Makes the field of an event that shows the object which one of its properties refers to."""


def event_types(catalog: Catalog, referring: Referring) -> dict[str, type]:
    """A type per event by the event's name, `order_completed` as `OrderCompleted`.

    Each implements `Event`, has a nullable field per property, and one per object referred to.
    """
    return {event.name: _event_type(event, referring) for event in catalog.events.values()}


def _event_type(event: EventType, referring: Referring) -> type:
    specs = [
        FieldSpec(known.name, OUTPUT_TYPES[known.type], known.tag, property_described(known))
        for known in event.properties.values()
    ]
    made = class_with(pascal(event.name), specs, bases=(Event,))
    for name, known in shown_names(event.properties.values()).items():
        setattr(made, attribute(name), referring(known))
    return strawberry.federation.type(made, description=event_described(event))
