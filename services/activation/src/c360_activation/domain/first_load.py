"""Who a destination of rows has to be told of at first: those that were there before it.

Whoever ever entered one of its segments is asked for once; whether it still is a member, and may
be told of, is found out when it is sent, as of any row.
"""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.payload import MembershipChanged, ProfileChanged

from c360_activation.domain.delivery import Message, message_id
from c360_activation.domain.subscribing import Destinations

Scope = tuple[str, str]
"""A destination and one of its segments, "" for all customers."""


def scopes_of(destinations: Destinations) -> Iterator[Scope]:
    """What is loaded first: each segment of those that hold rows, or all customers."""
    for name, one in destinations.items():
        if one.sync and one.segments:
            yield from ((name, segment) for segment in one.segments)
        elif one.sync and one.profile:
            yield name, ""


def told_by(
    scope: Scope, payload: MembershipChanged | ProfileChanged, entry: str, now: int
) -> Message | None:
    """What an entry of before gives to tell. Its id is no other's: the entry may be told later."""
    destination, segment = scope
    if isinstance(payload, ProfileChanged):
        is_told = not payload.ended
    else:
        is_told = payload.member and payload.segment == segment
    if not is_told:
        return None
    named = message_id(destination, f"first load of {segment}\n{entry}")
    return Message(named, destination, "row.changed", payload.customer, "", now)
