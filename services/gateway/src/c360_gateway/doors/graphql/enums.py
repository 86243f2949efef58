"""The enums of items, as the schema describes them."""

# No postponed annotations: Strawberry reads them.

from enum import Enum

import strawberry


@strawberry.enum(description="What became of an item.")
class ItemStatus(Enum):
    """GraphQL enum."""

    ACCEPTED = strawberry.enum_value(
        "accepted", description="It is in the log; nobody waited for more."
    )
    APPLIED = strawberry.enum_value("applied", description="It changed something.")
    DUPLICATE = strawberry.enum_value("duplicate", description="It says what was said before.")
    OUTDATED = strawberry.enum_value(
        "outdated", description="It changes nothing, since a greater revision is there."
    )
    REFUSED = strawberry.enum_value(
        "refused", description="It is wrong; `code`, `path` and `message` say how."
    )
    DEAD_LETTERED = strawberry.enum_value(
        "dead_lettered", description="It was taken, and could not be handled."
    )


@strawberry.enum(description="How a person stands to us.")
class LinkAttitude(Enum):
    """GraphQL enum."""

    FOR = strawberry.enum_value("for", description="Speaks for us.")
    NEUTRAL = strawberry.enum_value("neutral", description="Neither for us nor against us.")
    AGAINST = strawberry.enum_value("against", description="Speaks against us.")


@strawberry.enum(description="How much of a record an item says.")
class RecordMode(Enum):
    """GraphQL enum."""

    UPSERT = strawberry.enum_value(
        "upsert", description="The whole state: what is left out is removed."
    )
    PATCH = strawberry.enum_value(
        "patch", description="What it names alone: null removes, and what is left out stays."
    )


@strawberry.enum(description="What a steward says of two records.")
class IdentityDecision(Enum):
    """GraphQL enum."""

    SAME = strawberry.enum_value("same", description="They are of one customer.")
    NOT_SAME = strawberry.enum_value(
        "not_same", description="They are of two customers, whatever else they have in common."
    )
    UNDO = strawberry.enum_value("undo", description="A decision about them is taken back.")


@strawberry.enum(description="Which part of the system has handled an item.")
class Stage(Enum):
    """GraphQL enum."""

    LOG = strawberry.enum_value("log", description="The log holds it: it will not be lost.")
    IDENTITY = strawberry.enum_value("identity", description="It is known whose record it is.")
    PROFILE = strawberry.enum_value("profile", description="The golden profile shows it.")


@strawberry.enum(description="Until when a mutation waits before it answers.")
class Wait(Enum):
    """GraphQL enum."""

    NONE = strawberry.enum_value("log", description="The items are in the log.")
    IDENTITY = strawberry.enum_value(
        "identity", description="Identity has handled the items and told everybody."
    )
    PROFILE = strawberry.enum_value(
        "profile", description="Profile has handled the items and what identity made of them."
    )
