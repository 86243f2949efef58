"""What becomes of one item of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    ConsentRecorded,
    DecisionMade,
    EventTracked,
    ObjectUpserted,
    RecordTagged,
    RecordUpserted,
)
from c360_kernel.value_object import value_object

RawItem = Mapping[str, object]
"""An item as it was sent: only the fields that were given."""


class ItemStatus(Enum):
    """What became of an item."""

    ACCEPTED = "accepted"
    """It is in the log; nobody waited for more."""
    APPLIED = "applied"
    """It changed something."""
    DUPLICATE = "duplicate"
    """It says what was said before."""
    OUTDATED = "outdated"
    """It changes nothing, since a greater revision is there."""
    REFUSED = "refused"
    """It is wrong."""
    DEAD_LETTERED = "dead_lettered"
    """It was taken, and could not be handled."""


class RecordMode(Enum):
    """How much of a record an item says: all of it, or what it names alone."""

    UPSERT = "upsert"
    PATCH = "patch"


class Stage(Enum):
    """Which part of the system has handled an item."""

    LOG = "log"
    IDENTITY = "identity"
    PROFILE = "profile"


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


@value_object
class ItemResult:
    """The answer about one item; `stage` is None for what never reached the log.

    `is_kept` is false for a refused item of which quarantine holds nothing. `said` is what the log
    holds of one that was taken. `together` says of a `same` whether the two are one customer, and
    `hindrance` why they are not, although it was taken.
    """

    index: int
    status: ItemStatus
    stage: Stage | None = None
    refusal: Refusal | None = None
    is_kept: bool = True
    warnings: tuple[Warned, ...] = ()
    payload: (
        RecordUpserted
        | EventTracked
        | ConsentRecorded
        | DecisionMade
        | RecordTagged
        | AccountUpserted
        | AccountLinked
        | ObjectUpserted
        | None
    ) = None
    customer_id: str | None = None
    together: bool | None = None
    hindrance: Refusal | None = None
