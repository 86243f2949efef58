"""When something happened, by the collector's clock instead of the sender's.

`receivedAt - (sentAt - originalTimestamp)`, as Segment's specification has it: how long before it
was sent it happened is believed, what the clock showed is not.
"""

from __future__ import annotations

from c360_kernel.value_types import TypeMismatch, typed

from c360_gateway.collect.items import RawItem

AS_SENT_MS = 5_000
"""A clock that differs by no more than this is right: the rest is the way here. So a call that is
sent again keeps its time, to the millisecond."""
LONGEST_MS = 10 * 366 * 86_400_000
"""What would have waited longer than this to be sent is no matter of clocks."""


def happened_at(call: RawItem, sent_at: object, received_ms: int) -> object:
    """Milliseconds UTC, or what was given as a time where that is none; `sent_at` is the batch's.

    A call that gives no time happened when it was received.
    """
    given = call.get("originalTimestamp")
    if given is None:
        given = call.get("timestamp")
    if given is None:
        return received_ms
    original = _instant(given)
    if original is None:
        return given
    sent = _instant(call.get("sentAt") or sent_at)
    if sent is None or abs(received_ms - sent) <= AS_SENT_MS:
        return original
    waited = max(0, sent - original)
    return original if waited > LONGEST_MS else received_ms - waited


def _instant(value: object) -> int | None:
    try:
        found = typed(value, "datetime")
    except TypeMismatch:
        return None
    return found if isinstance(found, int) else None
