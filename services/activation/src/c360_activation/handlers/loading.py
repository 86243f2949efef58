"""The first load of destinations that hold rows, from the log, before what is new.

How far it is stands with what it queued, so that one that is ended goes on where it was. An
embedded log never waits: whoever ends the process is heard between two pages of it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import cast

from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import MembershipChanged, ProfileChanged
from c360_kernel.projection.progress import Progress

from c360_activation.domain.delivery import Message
from c360_activation.domain.first_load import scopes_of, told_by
from c360_activation.domain.subscribing import Destinations
from c360_activation.store.loads import FirstLoad
from c360_activation.store.port import FirstLoads

_AT_ONCE = 500
_log = logging.getLogger(__name__)


async def load_first(
    destinations: Destinations,
    log: EventLog,
    store: FirstLoads,
    now_ms: Callable[[], int],
    progress: Progress,
) -> None:
    """Queue who was there before a destination, or a segment of it, unless that is done.

    Raises `Interrupted` once the process ends.
    """
    scopes = tuple(scopes_of(destinations))
    until = await log.ends((MEMBERSHIPS, PROFILES)) if scopes else {}
    for load in await store.begin_loads(scopes, until):
        topic = MEMBERSHIPS if load.segment else PROFILES
        places = [one for one in load.until if one.topic == topic]
        progress.begin(f"first load of {load.destination}", sum(load.until[one] for one in places))
        async with aclosing(_loaded(load, places, log, store, now_ms)) as pages:
            async for done in pages:
                progress.step(done)
        await store.end_load(load.scope)
        progress.end()


async def _loaded(
    load: FirstLoad,
    places: Sequence[Partition],
    log: EventLog,
    store: FirstLoads,
    now_ms: Callable[[], int],
) -> AsyncGenerator[int]:
    """How many entries are behind it, page by page."""
    for one in places:
        end = load.until[one]
        while (at := load.at.get(one, 0)) < end:
            entries = [each for each in await log.read(one, at, _AT_ONCE) if each.offset < end]
            load = replace(load, at={**load.at, one: entries[-1].offset + 1 if entries else end})
            await store.load(load, _messages(load, entries, now_ms()))
            yield sum(load.at.values())


def _messages(load: FirstLoad, entries: Sequence[Entry], now: int) -> list[Message]:
    """One for each customer of them, whatever it did."""
    found: dict[str, Message] = {}
    for entry in entries:
        payload = _readable(entry)
        if payload and (told := told_by(load.scope, payload, entry.id, now)) is not None:
            found[told.customer] = told
    return list(found.values())


def _readable(entry: Entry) -> MembershipChanged | ProfileChanged | None:
    """What it says. What cannot be read became a dead letter, and keeps nobody else waiting."""
    try:
        payload = decode(entry.topic, entry.data)
    except Invalid as error:
        _log.warning("a first load leaves out an entry: %s", error.code)
        return None
    return cast("MembershipChanged | ProfileChanged", payload)
