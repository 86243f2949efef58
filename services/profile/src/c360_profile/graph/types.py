"""How survivorship is told of: by which rule a value won, and why others lost."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="By which rule of the catalog a value was chosen.")
class SurvivorshipRule(Enum):
    """GraphQL enum."""

    LATEST = strawberry.enum_value("latest", description="What was observed last.")
    OLDEST = strawberry.enum_value("oldest", description="What was observed first.")
    SOURCE_PRIORITY = strawberry.enum_value(
        "source_priority", description="What the most trusted source says."
    )
    MOST_FREQUENT = strawberry.enum_value(
        "most_frequent", description="What most of the records say, each by its source's trust."
    )
    LONGEST = strawberry.enum_value("longest", description="The longest text or list.")
    MAXIMUM = strawberry.enum_value("maximum", description="The greatest number, the last time.")
    MINIMUM = strawberry.enum_value("minimum", description="The smallest number, the first time.")
    UNION = strawberry.enum_value("union", description="The items of all records together.")
    CORRECTION = strawberry.enum_value(
        "correction", description="What a steward says, whatever the rule of the trait."
    )


@strawberry.enum(description="Why a record's value is not the customer's.")
class LossReason(Enum):
    """GraphQL enum."""

    OLDER = strawberry.enum_value("older", description="It was observed earlier.")
    NEWER = strawberry.enum_value("newer", description="It was observed later.")
    LESS_TRUSTED = strawberry.enum_value(
        "less_trusted", description="Its source is believed after the winner's."
    )
    LESS_FREQUENT = strawberry.enum_value(
        "less_frequent", description="Fewer records say so, or less trusted ones."
    )
    SHORTER = strawberry.enum_value("shorter", description="It is shorter.")
    SMALLER = strawberry.enum_value("smaller", description="It is smaller, or earlier.")
    GREATER = strawberry.enum_value("greater", description="It is greater, or later.")
    TIED = strawberry.enum_value(
        "tied", description="It is equal in all that the rule looks at; one of them had to win."
    )
    CORRECTED = strawberry.enum_value("corrected", description="A steward says otherwise.")
    EMPTY = strawberry.enum_value("empty", description="It is empty.")
    INVALID = strawberry.enum_value(
        "invalid", description="It is no value of the trait by the catalog of today."
    )
    UNTRUSTED = strawberry.enum_value(
        "untrusted", description="Its source is not trusted with golden values."
    )
