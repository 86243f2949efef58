"""What becomes of one item of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

RawItem = Mapping[str, object]
"""An item as it was sent: only the fields that were given."""


class ItemStatus(Enum):
    """How far an item came.

    A duplicate says what was said before; an outdated item changes nothing because of a greater
    revision that is there.
    """

    ACCEPTED = "accepted"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    OUTDATED = "outdated"
    REFUSED = "refused"
    DEAD_LETTERED = "dead_lettered"


class Stage(Enum):
    """Which part of the system has handled an item."""

    LOG = "log"
    IDENTITY = "identity"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item was refused: stable code, path within the item, message without values."""

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Warned:
    """What of an accepted item has no effect: stable code, path, identifier type."""

    code: str
    path: str
    type: str


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The answer about one item; `stage` is None for what never reached the log.

    `is_kept` is false for a refused item of which quarantine holds nothing.
    """

    index: int
    status: ItemStatus
    stage: Stage | None = None
    refusal: Refusal | None = None
    is_kept: bool = True
    warnings: tuple[Warned, ...] = ()
