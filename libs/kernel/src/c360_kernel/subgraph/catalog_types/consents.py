"""What a person said to a purpose, for answers and for what is sent."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What a person said to the use of data for a purpose.")
class ConsentStatus(Enum):
    """GraphQL enum."""

    GRANTED = strawberry.enum_value("granted", description="Yes.")
    DENIED = strawberry.enum_value("denied", description="No, when asked.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="No more, after a yes.")
