"""GraphQL types that no catalog changes."""

from __future__ import annotations

from enum import Enum
from typing import Self

import strawberry
from c360_kernel.subgraph.catalog_types import ConsentStatus, Event
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.paging import PageInfo
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.domain.consent import CustomerConsent
from c360_profile.domain.golden import Provenance


@strawberry.type(description="An event at its place in the timeline.")
class TimelineEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where another page starts.")
    node: Event = strawberry.field(description="The event.")


@strawberry.type(description="A page of what happened on a customer's records, newest first.")
class TimelineConnection:
    """GraphQL type."""

    edges: list[TimelineEdge] = strawberry.field(description="The events.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.federation.type(
    description="The answer that holds for a purpose, and on which record it was given."
)
class Consent:
    """GraphQL type."""

    purpose: str = strawberry.field(description="A purpose of the catalog.")
    status: ConsentStatus = strawberry.field(description="What the person said.")
    at: DateTime = strawberry.field(description="When the person said so.")
    source: str = strawberry.field(description="The source of the record.")
    key: str | None = record_key_field("The record's key at its source.")
    channel: str | None = strawberry.field(description="Where and how it was asked, if told.")

    @classmethod
    def of(cls, held: CustomerConsent) -> Self:
        """The GraphQL form of a consent."""
        return cls(
            purpose=held.consent.purpose,
            status=ConsentStatus(held.consent.status),
            at=DateTime(held.consent.at),
            source=held.record.source,
            key=held.record.key,
            channel=held.consent.channel or None,
        )


@strawberry.enum(description="By which rule of the catalog a value was chosen.")
class SurvivorshipRule(Enum):
    """GraphQL enum."""

    LATEST = strawberry.enum_value("latest", description="What was observed last.")
    OLDEST = strawberry.enum_value("oldest", description="What was observed first.")
    SOURCE_PRIORITY = strawberry.enum_value(
        "source_priority", description="What the most trusted source says."
    )
    MOST_FREQUENT = strawberry.enum_value(
        "most_frequent", description="What most of the records say."
    )
    UNION = strawberry.enum_value("union", description="The items of all records together.")


@strawberry.federation.type(
    description="Which record a golden trait comes from and why it won; never the value itself."
)
class TraitProvenance:
    """GraphQL type."""

    trait: str = strawberry.field(description="The trait's name, a field of `Profile`.")
    source: str = strawberry.field(description="The source of the record.")
    key: str | None = record_key_field("The record's key at its source.")
    observed_at: DateTime = strawberry.field(description="When the source saw the value.")
    rule: SurvivorshipRule = strawberry.field(description="Why this record's value won.")

    @classmethod
    def of(cls, origin: Provenance) -> Self:
        """The GraphQL form of a provenance."""
        return cls(
            trait=origin.trait,
            source=origin.record.source,
            key=origin.record.key,
            observed_at=DateTime(origin.observed_at),
            rule=SurvivorshipRule(origin.rule),
        )
