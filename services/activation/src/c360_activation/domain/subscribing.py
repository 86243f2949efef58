"""Which destinations are to be told of a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from c360_kernel.catalog.model import Destination
from c360_kernel.payload import MembershipChanged, ProfileChanged

from c360_activation.domain.delivery import Kind, Message, message_id

Destinations = Mapping[str, Destination]


def of_membership(
    destinations: Destinations, changed: MembershipChanged, entry: str, at: int
) -> Iterator[Message]:
    """Of who entered or left a segment; `entry` is the id of the entry that says so."""
    kind: Kind = "segment.entered" if changed.member else "segment.left"
    for name, one in destinations.items():
        if changed.segment in one.segments and _hears(one, kind):
            told, segment = ("row.changed", "") if one.sync else (kind, changed.segment)
            yield Message(message_id(name, entry), name, told, changed.customer, segment, at)


def of_profile(
    destinations: Destinations, changed: ProfileChanged, entry: str, at: int
) -> Iterator[Message]:
    """Of a golden profile that changed, or of a customer that is another one now.

    Whoever was told of a customer by a segment has to know, too, when its id is no more.
    """
    kind: Kind = "customer.ended" if changed.ended else "profile.changed"
    for name, one in destinations.items():
        if one.sync:
            # Of who is in none of its segments it is told only if it holds a row.
            row: Kind = "row.followed" if one.segments or changed.ended else "row.changed"
            yield Message(message_id(name, entry), name, row, changed.customer, "", at)
        elif (one.profile or changed.ended) and _hears(one, kind):
            yield Message(message_id(name, entry), name, kind, changed.customer, "", at)


def _hears(destination: Destination, kind: Kind) -> bool:
    return not destination.types or kind in destination.types
