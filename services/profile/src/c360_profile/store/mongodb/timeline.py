"""Timelines: the events of a customer's present records, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.mongodb import Document
from c360_kernel.record import RecordKey

from c360_profile.domain.event import Event, TimelinePlace
from c360_profile.store.mongodb.documents import read_event
from c360_profile.store.mongodb.generation import Generation

_NEWEST_FIRST = [("occurred_at", -1), ("source", 1), ("message_id", 1)]
_LONGEST_PAGE = 1_000


async def timelines(
    generation: Generation,
    own: Mapping[str, Collection[RecordKey]],
    chosen: Document,
    limit: int,
) -> Mapping[str, Sequence[Event]]:
    """Per customer the first events of its records, given as `own`, that pass a filter.

    A page each is a find each, at the same time; whoever wants more than a page of each gets
    all of them by one find.
    """
    if limit > _LONGEST_PAGE:
        return await _whole(generation, own, chosen, limit)
    pages = await asyncio.gather(*(_page(generation, keys, chosen, limit) for keys in own.values()))
    return {customer: page for customer, page in zip(own, pages, strict=True) if page}


def chosen_events(names: Collection[str] | None, after: TimelinePlace | None) -> Document:
    """The filter of events with these names that come after a place."""
    chosen: Document = {} if names is None else {"name": {"$in": list(names)}}
    return chosen if after is None else chosen | _beyond(after)


def _beyond(place: TimelinePlace) -> Document:
    at, source, message_id = place
    return {
        "occurred_at": {"$lte": at},
        "$or": [
            {"occurred_at": {"$lt": at}},
            {"source": {"$gt": source}},
            {"source": source, "message_id": {"$gt": message_id}},
        ],
    }


async def _page(
    generation: Generation, keys: Collection[RecordKey], chosen: Document, limit: int
) -> Sequence[Event]:
    found = generation.events.find(_of(keys) | chosen).sort(_NEWEST_FIRST).limit(limit)
    return list(map(read_event, await found.to_list()))


async def _whole(
    generation: Generation,
    own: Mapping[str, Collection[RecordKey]],
    chosen: Document,
    limit: int,
) -> Mapping[str, Sequence[Event]]:
    owner = {key: customer for customer, keys in own.items() for key in keys}
    events: dict[str, list[Event]] = {}
    async for document in generation.events.find(_of(owner) | chosen):
        event = read_event(document)
        events.setdefault(owner[event.record], []).append(event)
    return {
        customer: sorted(found, key=lambda event: event.place.rank)[:limit]
        for customer, found in events.items()
    }


def _of(keys: Collection[RecordKey]) -> Document:
    return {"record": {"$in": [str(key) for key in keys]}}
