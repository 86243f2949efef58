"""What becomes of one item of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import strawberry
from c360_kernel.payload import ConsentRecorded, EventTracked, RecordUpserted

RawItem = Mapping[str, object]
"""An item as it was sent: only the fields that were given."""


@strawberry.enum(description="What became of an item.")
class ItemStatus(Enum):
    """How far an item came."""

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


@strawberry.enum(description="How much of a record an item says.")
class RecordMode(Enum):
    """How much of a record an item says."""

    UPSERT = strawberry.enum_value(
        "upsert", description="The whole state: what is left out is removed."
    )
    PATCH = strawberry.enum_value(
        "patch", description="What it names alone: null removes, and what is left out stays."
    )


@strawberry.enum(description="Which part of the system has handled an item.")
class Stage(Enum):
    """Which part of the system has handled an item."""

    LOG = strawberry.enum_value("log", description="The log holds it: it will not be lost.")
    IDENTITY = strawberry.enum_value("identity", description="It is known whose record it is.")
    PROFILE = strawberry.enum_value("profile", description="The golden profile shows it.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item was refused: stable code, path within the item, message without values.

    `retryable` says whether the very same item may be taken later.
    """

    code: str
    path: str
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """What of an accepted item has no effect or is not told: stable code, path, identifier type."""

    code: str
    path: str
    type: str | None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The answer about one item; `stage` is None for what never reached the log.

    `is_kept` is false for a refused item of which quarantine holds nothing. `said` is what the log
    holds of one that was taken.
    """

    index: int
    status: ItemStatus
    stage: Stage | None = None
    refusal: Refusal | None = None
    is_kept: bool = True
    warnings: tuple[Warned, ...] = ()
    said: RecordUpserted | EventTracked | ConsentRecorded | None = None
    customer_id: str | None = None
