"""What a person said to a purpose, for answers and for what is sent."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What a person said to the use of data for a purpose.")
class ConsentStatus(Enum):
    """GraphQL enum."""

    GRANTED = strawberry.enum_value("granted", description="Yes.")
    DENIED = strawberry.enum_value("denied", description="No, when asked.")
    EXPIRED = strawberry.enum_value("expired", description="No more, since the yes had an end.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="No more, after a yes.")


@strawberry.enum(description="On what the use of a person's data rests.")
class LegalBasis(Enum):
    """GraphQL enum."""

    CONSENT = strawberry.enum_value("consent", description="The person agreed.")
    CONTRACT = strawberry.enum_value("contract", description="A contract with the person.")
    LEGAL_OBLIGATION = strawberry.enum_value("legal_obligation", description="A law demands it.")
    VITAL_INTERESTS = strawberry.enum_value("vital_interests", description="Life or health.")
    PUBLIC_TASK = strawberry.enum_value("public_task", description="A task of the public.")
    LEGITIMATE_INTERESTS = strawberry.enum_value(
        "legitimate_interests", description="Interests that outweigh those of the person."
    )


@strawberry.enum(description="Who answered for a person.")
class ConsentGiver(Enum):
    """GraphQL enum."""

    SELF = strawberry.enum_value("self", description="The person.")
    GUARDIAN = strawberry.enum_value("guardian", description="Who has custody of a child.")
    AGENT = strawberry.enum_value("agent", description="Who was told to answer by the person.")
