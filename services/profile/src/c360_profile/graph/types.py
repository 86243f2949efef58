"""GraphQL types that no catalog changes."""

from __future__ import annotations

from typing import Self

import strawberry
from c360_kernel.subgraph.catalog_types import ConsentStatus
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.domain.consent import CustomerConsent


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
