"""Times that senders give: a clock that is ahead decides nothing.

What lies ahead of the collector's own clock counts as the time of arrival, so that it wins over
nothing that comes later. Beyond the skew that is tolerated a record or an event is refused: no
clock, but the data is wrong. An answer to a purpose is never refused for it, since a withdrawal
must not be lost; it is marked instead.
"""

from __future__ import annotations

from typing import NamedTuple

from c360_gateway.collect.fields import Refused, instant_of, integer_of
from c360_gateway.collect.items import RawItem

TIME_IN_FUTURE = "TIME_IN_FUTURE"
REVISION_TOO_LARGE = "REVISION_TOO_LARGE"
DEFAULT_SKEW_MS = 300_000
_LARGEST_REVISION = 2**53


class Answered(NamedTuple):
    """When a purpose was answered (ms UTC), and what was said where that had to be clamped."""

    at: int
    claimed_at: int


def past_instant_of(item: RawItem, field: str, now_ms: int, skew_ms: int) -> int | None:
    """An instant up to now; None where it is not given or ahead by no more than the skew."""
    instant = instant_of(item, field)
    if instant is None or instant <= now_ms:
        return instant
    if instant > now_ms + skew_ms:
        message = f"{field} is more than {skew_ms / 1000:g} s ahead of the collector's clock"
        raise Refused(TIME_IN_FUTURE, field, message)
    return None


def answered_at(item: RawItem, now_ms: int) -> Answered:
    """When a purpose was answered: never later than now."""
    instant = instant_of(item, "at")
    if instant is None or instant <= now_ms:
        return Answered(now_ms if instant is None else instant, claimed_at=0)
    return Answered(now_ms, claimed_at=instant)


def own_revision_of(item: RawItem) -> int | None:
    """The source's own number, which must leave room to grow; None when it is not given."""
    revision = integer_of(item, "revision")
    if revision is not None and abs(revision) >= _LARGEST_REVISION:
        raise Refused(REVISION_TOO_LARGE, "revision", "a revision is a number below 2^53")
    return revision
