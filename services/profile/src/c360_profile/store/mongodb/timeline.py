"""Timelines: the events of a customer's present records, newest first."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from c360_kernel.mongodb import Document
from c360_kernel.record import RecordKey

from c360_profile.domain.event import Event, TimelinePlace
from c360_profile.domain.query import Window
from c360_profile.store.mongodb.documents import read_event
from c360_profile.store.mongodb.generation import Generation

_NEWEST_FIRST = [("occurred_at", -1), ("source", 1), ("message_id", 1)]
_OLDEST_FIRST = [(name, -direction) for name, direction in _NEWEST_FIRST]
_LONGEST_PAGE = 1_000


async def timelines(
    generation: Generation,
    own: Mapping[str, Collection[RecordKey]],
    window: Window,
) -> Mapping[str, Sequence[Event]]:
    """Per customer the events of its records, given as `own`, in a window.

    A page each is a find each, at the same time; whoever wants more than a page of each gets
    all of them by one find.
    """
    if window.limit > _LONGEST_PAGE:
        return await _whole(generation, own, window)
    pages = await asyncio.gather(*(_page(generation, keys, window) for keys in own.values()))
    return {customer: page for customer, page in zip(own, pages, strict=True) if page}


def _chosen(keys: Collection[RecordKey], window: Window) -> Document:
    """The filter of these records' events that lie in a window."""
    return {"$and": [{"record": {"$in": [str(key) for key in keys]}}, events_in(window)]}


def events_in(window: Window) -> Document:
    """The filter of events that lie in a window."""
    chosen: list[Document] = []
    if window.names is not None:
        chosen.append({"name": {"$in": list(window.names)}})
    if window.sources is not None:
        chosen.append({"source": {"$in": list(window.sources)}})
    if window.since is not None:
        chosen.append({"occurred_at": {"$gte": window.since}})
    if window.until is not None:
        chosen.append({"occurred_at": {"$lt": window.until}})
    if window.after is not None:
        chosen.append(_beyond(window.after, "$lt", "$gt"))
    if window.before is not None:
        chosen.append(_beyond(window.before, "$gt", "$lt"))
    return {"$and": chosen} if chosen else {}


def _beyond(place: TimelinePlace, in_time: str, in_name: str) -> Document:
    at, source, message_id = place
    return {
        "occurred_at": {f"{in_time}e": at},
        "$or": [
            {"occurred_at": {in_time: at}},
            {"source": {in_name: source}},
            {"source": source, "message_id": {in_name: message_id}},
        ],
    }


async def _page(
    generation: Generation, keys: Collection[RecordKey], window: Window
) -> Sequence[Event]:
    order = _OLDEST_FIRST if window.from_end else _NEWEST_FIRST
    documents = generation.events.find(_chosen(keys, window)).sort(order)
    if window.having is None:
        found = list(map(read_event, await documents.limit(window.limit).to_list()))
    else:
        found = await _meeting(documents, window)
    return found[::-1] if window.from_end else found


async def _meeting(documents: AsyncIterator[Document], window: Window) -> list[Event]:
    """The first events whose properties are as the window wants them."""
    found: list[Event] = []
    async for document in documents:
        event = read_event(document)
        if window.chooses(event):
            found.append(event)
            if len(found) >= window.limit:
                break
    return found


async def counted(generation: Generation, keys: Collection[RecordKey], window: Window) -> int:
    """How many events of these records are in a window without a limit."""
    chosen = _chosen(keys, window)
    if window.having is None:
        return await generation.count(generation.events, chosen)
    unlimited = window._replace(limit=sys.maxsize)
    return len(await _meeting(generation.events.find(chosen), unlimited))


async def _whole(
    generation: Generation,
    own: Mapping[str, Collection[RecordKey]],
    window: Window,
) -> Mapping[str, Sequence[Event]]:
    owner = {key: customer for customer, keys in own.items() for key in keys}
    events: dict[str, list[Event]] = {}
    async for document in generation.events.find(_chosen(owner, window)):
        event = read_event(document)
        if not window.chooses(event):
            continue
        events.setdefault(owner[event.record], []).append(event)
    return {customer: _cut(found, window) for customer, found in events.items()}


def _cut(found: Sequence[Event], window: Window) -> Sequence[Event]:
    ordered = sorted(found, key=lambda event: event.place.rank)
    return ordered[-window.limit :] if window.from_end else ordered[: window.limit]
