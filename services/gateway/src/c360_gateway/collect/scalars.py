"""Input scalars that take any JSON: each item is checked by itself, by our own rules.

A strict scalar would refuse a whole call of a thousand records for one wrong date.
"""

from __future__ import annotations

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

SourceName = NewType("SourceName", object)
RecordKeyText = NewType("RecordKeyText", object)
Revision = NewType("Revision", object)
Instant = NewType("Instant", object)
Flag = NewType("Flag", object)
TraitValues = NewType("TraitValues", object)
PropertyValues = NewType("PropertyValues", object)
IdentifierValues = NewType("IdentifierValues", object)
MessageId = NewType("MessageId", object)
EventName = NewType("EventName", object)
PurposeName = NewType("PurposeName", object)
ConsentChoice = NewType("ConsentChoice", object)
ChannelName = NewType("ChannelName", object)

_DESCRIPTIONS: dict[object, str] = {
    SourceName: "Text: a source of the catalog that the token may write, as `crm`.",
    RecordKeyText: "Text of at most 512 characters: the source's own key for the person.",
    Revision: "A whole number below 2^53 that grows with every change of the record.",
    Instant: "ISO 8601 text with an offset or Z, or milliseconds since 1970 in UTC, up to now.",
    Flag: "true or false.",
    TraitValues: "An object: traits of the catalog by name, with values of their types.",
    PropertyValues: "An object: properties of the event by name, with values of their types.",
    IdentifierValues: "A list of `{type, value}`: identifier types of the catalog, values as text.",
    MessageId: "Text of at most 512 characters that names the event in its source for ever.",
    EventName: "Text: an event of the catalog, as `order_completed`.",
    PurposeName: "Text: a purpose of the catalog, as `marketing`.",
    ConsentChoice: "Text: `granted`, `denied` or `withdrawn`.",
    ChannelName: "Text of at most 512 characters: where and how consent was asked.",
}


def _whatever(raw: object) -> object:
    return raw


def lenient_scalars() -> dict[object, ScalarDefinition]:
    """For `StrawberryConfig.scalar_map`."""
    return {
        kind: strawberry.scalar(
            name=kind.__name__,  # type: ignore[attr-defined]
            description=f"{description} Checked item by item.",
            parse_value=_whatever,
        )
        for kind, description in _DESCRIPTIONS.items()
    }
