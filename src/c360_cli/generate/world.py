"""What a generated world is made of: what sources say, and who it is really about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Traits = Mapping[str, str | int | float | bool | list[str]]
Identifiers = Mapping[str, list[str]]
Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class WorldRecord:
    """One revision of what a source says about a person; raw, as the source writes it."""

    source: str
    key: str
    revision: int
    observed_at: str
    identifiers: Identifiers
    traits: Traits

    def line(self) -> Line:
        """The JSON object of the record."""
        return {
            "source": self.source,
            "key": self.key,
            "revision": self.revision,
            "observedAt": self.observed_at,
            "identifiers": _listed(self.identifiers),
            "traits": self.traits,
        }


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened to the person a record is about."""

    source: str
    key: str
    message_id: str
    name: str
    occurred_at: str
    identifiers: Identifiers
    properties: Traits

    def line(self) -> Line:
        """The JSON object of the event."""
        return {
            "source": self.source,
            "key": self.key,
            "messageId": self.message_id,
            "name": self.name,
            "occurredAt": self.occurred_at,
            "identifiers": _listed(self.identifiers),
            "properties": self.properties,
        }


@dataclass(frozen=True, slots=True)
class WorldConsent:
    """A purpose granted, denied or withdrawn at a source."""

    source: str
    key: str
    purpose: str
    status: str
    at: str
    channel: str

    def line(self) -> Line:
        """The JSON object of the consent."""
        return {
            "source": self.source,
            "key": self.key,
            "purpose": self.purpose,
            "status": self.status,
            "at": self.at,
            "channel": self.channel,
        }


@dataclass(frozen=True, slots=True)
class World:
    """Records by source, events, consents, and the person behind each (source, key)."""

    records: Mapping[str, list[WorldRecord]]
    events: list[WorldEvent]
    consents: list[WorldConsent]
    truth: Mapping[tuple[str, str], str]

    def all_records(self) -> Iterator[WorldRecord]:
        """The records of every source."""
        for records in self.records.values():
            yield from records


def _listed(identifiers: Identifiers) -> list[Line]:
    """The form that the mutations take."""
    return [
        {"type": name, "value": value} for name, values in identifiers.items() for value in values
    ]
