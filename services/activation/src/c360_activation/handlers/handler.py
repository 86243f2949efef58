"""From entries of `memberships` and `profiles` into the queue of each destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry, Positions
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged, ProfileChanged
from c360_kernel.projection.port import Handler
from typing_extensions import override

from c360_activation.domain.delivery import Message
from c360_activation.domain.subscribing import Destinations, of_membership, of_profile
from c360_activation.store.port import ActivationUnit


class ActivationHandler(Handler[ActivationUnit]):
    """Queues what each destination is to be told, from where it begins in the log."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations

    @override
    async def handle(self, unit: ActivationUnit, entries: Sequence[Entry]) -> None:
        # An instance without destinations reads on, and does no work.
        if not self._destinations:
            return
        since = await unit.since()
        for entry in entries:
            messages = self._messages(entry)
            await unit.queue([m for m in messages if _is_reached(since.get(m.destination), entry)])

    def _messages(self, entry: Entry) -> Iterator[Message]:
        payload = decode(entry.topic, entry.data)
        if entry.topic == MEMBERSHIPS:
            changed = cast("MembershipChanged", payload)
            return of_membership(self._destinations, changed, entry.id, entry.time)
        profile = cast("ProfileChanged", payload)
        return of_profile(self._destinations, profile, entry.id, entry.time)


def _is_reached(since: Positions | None, entry: Entry) -> bool:
    """Whether a destination begins at or before this entry."""
    if since is None:
        return False
    return entry.offset >= since.get(entry.topic_partition, 0)
