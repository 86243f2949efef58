"""Whether a destination may be told, by what policy answers at the moment of sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from c360_activation.domain.delivery import ROWS, Message

GRANTED = "GRANTED"
SETTLED_MS = 60_000
"""For how long after a change an answer may be of before it: of a replica, or a graph, behind."""
_OF_BEFORE = frozenset(
    {"CUSTOMER_HIDDEN", "MEMBERSHIP_CHANGED", "NOT_ENDED", "SEGMENT_HIDDEN", "UNCHANGED"}
)


class Withheld(Exception):
    """A message is not sent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Told:
    """What a principal like the destination is told of a customer now.

    `customer` is the id that it has now, "" for one that is not told of. `segments` are those it is
    told to be in, `known` those that it may be told of at all. `consent` is what is answered to its
    purpose, "" for nothing. `lacking` are coordinates that a consent is wanting for, `masked` the
    traits that it is not told as they are.
    """

    customer: str
    traits: Mapping[str, object] = field(default_factory=dict[str, object])
    segments: Collection[str] = ()
    known: Collection[str] = ()
    consent: str = ""
    lacking: Collection[str] = ()
    masked: Collection[str] = ()


def withheld(message: Message, told: Told, *, by_consent: bool) -> str:
    """Why this is not sent now, as a code; "" where it may be.

    `by_consent`: the purpose rests on consent, so that nothing goes without one, not even an id.
    """
    if message.kind in ROWS:
        # Queued while the destination held some: nothing says that it hears of this customer.
        return "ROWS_ENDED"
    if not told.customer:
        return "CUSTOMER_HIDDEN"
    if (by_consent and told.consent != GRANTED) or told.lacking:
        return "CONSENT_MISSING"
    if message.kind == "customer.ended":
        return "" if told.customer != message.customer else "NOT_ENDED"
    if told.customer != message.customer:
        return "CUSTOMER_ENDED"
    return _by_segment(message, told) if message.segment else ""


def may_be_of_before(why: str, message: Message, now: int) -> bool:
    """Whether a code of `withheld` may come of an answer that does not know the change yet.

    `now` is in ms UTC; the clock of who told of the change may be a little ahead.
    """
    return why in _OF_BEFORE and abs(now - message.at) < SETTLED_MS


def _by_segment(message: Message, told: Told) -> str:
    if message.segment not in told.known:
        return "SEGMENT_HIDDEN"
    is_in = message.segment in told.segments
    return "" if is_in == (message.kind == "segment.entered") else "MEMBERSHIP_CHANGED"
