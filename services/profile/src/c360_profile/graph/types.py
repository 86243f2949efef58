"""GraphQL types that no catalog changes."""

from __future__ import annotations

from enum import Enum
from typing import Self

import strawberry
from c360_kernel.subgraph.catalog_types import Event
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.paging import PageInfo
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.domain.consent import CustomerConsent
from c360_profile.domain.golden import Provenance


@strawberry.type
class TimelineEdge:
    """An event and the cursor at which another page starts."""

    cursor: str
    node: Event


@strawberry.type
class TimelineConnection:
    """A page of what happened on a customer's records, newest first."""

    edges: list[TimelineEdge]
    page_info: PageInfo


@strawberry.enum
class ConsentStatus(Enum):
    """What was answered."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


@strawberry.federation.type
class Consent:
    """The answer that holds for a purpose, and on which record it was given."""

    purpose: str
    status: ConsentStatus
    at: DateTime
    source: str
    key: str | None = record_key_field("The record's key at its source.")
    channel: str | None

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


@strawberry.enum
class SurvivorshipRule(Enum):
    """By which rule of the catalog a value was chosen."""

    LATEST = "latest"
    OLDEST = "oldest"
    SOURCE_PRIORITY = "source_priority"
    MOST_FREQUENT = "most_frequent"
    UNION = "union"


@strawberry.federation.type
class TraitProvenance:
    """Which record a golden trait comes from and why it won; never the value itself."""

    trait: str
    source: str
    key: str | None = record_key_field("The record's key at its source.")
    observed_at: DateTime
    rule: SurvivorshipRule

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
