"""A message for a destination, and what has become of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "segment.entered", "segment.left", "profile.changed", "customer.ended",
    "row.added", "row.changed", "row.removed", "row.followed",
]  # fmt: skip
"""Of those of rows the first three are told, and two are queued: `row.changed` where there may be a
row to tell of, `row.followed` where there is only if one is held."""
Status = Literal["waiting", "sent", "withheld", "failed", "replaced"]
"""Withheld is what policy, a consent or a change since does not let go; replaced is what a newer
state of the same customer came in the place of."""
ROWS: tuple[Kind, ...] = ("row.changed", "row.followed")
"""What is queued where a destination holds rows."""
UNSURE = "?"
"""Of a row that is held: it was sent, and nobody knows whether it was taken, or still is there."""
AWAITED = "-"
"""There is no row yet, and a change may let one be told: of a member who grants a consent, say."""

_DIGEST = 16
_STATES: tuple[tuple[Kind, ...], ...] = (("profile.changed",), ROWS)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told of a customer. `id` is its name for ever; `at` is ms UTC.

    `segment` is that of `segment.entered` and `segment.left`, else "". Nothing here is personal but
    the customer's id: what is sent is asked for when it is sent.
    """

    id: str
    destination: str
    kind: Kind
    customer: str
    segment: str
    at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message at its place, in the order in which destinations are told.

    `due` is when it may be tried next, `changed` when its status was last told, ms UTC. `code` says
    why it is as it is, "" where all went well. `held` is what is known of the row that the
    destination has of the customer, as a keyed hash, UNSURE or AWAITED, "" where it has none.
    """

    number: int
    message: Message
    status: Status
    attempts: int
    due: int
    code: str
    changed: int
    held: str = ""

    @property
    def queue(self) -> tuple[str, str]:
        """Of one destination and customer one is sent after another."""
        return self.message.destination, self.message.customer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try comes to; `due` is of one that waits on.

    `held` is what the destination has of the customer from now on, None for what it had.
    """

    status: Status
    attempts: int
    code: str = ""
    due: int = 0
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a destination is: paused until (ms UTC), and why it is sent nothing, "" where it is."""

    paused_until: int = 0
    disabled: str = ""


def message_id(destination: str, entry: str) -> str:
    """The same for every try, restart and replay: made of the entry of the log alone."""
    named = f"{destination}\n{entry}".encode()
    return f"msg_{hashlib.blake2b(named, digest_size=_DIGEST).hexdigest()}"


def superseded(kind: Kind, waiting: Collection[Delivery]) -> list[int]:
    """The numbers of those that wait and that a message of this kind of the same customer replaces.

    A profile is asked for when it is sent, and so is a row, so that one message tells all changes
    before it.
    """
    states = next((one for one in _STATES if kind in one), ())
    return [one.number for one in waiting if one.message.kind in states]
