"""Writes of what does not depend on other documents; each can be repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.mongodb import Collection, Document, overtaken
from c360_kernel.mongodb_writes import insert_new, slices
from c360_kernel.record import RecordKey
from pymongo import ReplaceOne

from c360_account.domain.counting import CountedEvent, ToldTraits
from c360_account.domain.model import PersonRecord
from c360_account.store.mongodb.documents import (
    HeldStates,
    event_document,
    link_document,
    person_document,
    told_document,
)


async def keep_persons(persons: Collection, kept: Mapping[RecordKey, PersonRecord]) -> None:
    """Keep whose records of persons are; of what was told of one the latest version."""
    await _keep(persons, [person_document(*one) for one in sorted(kept.items())], "version", "$lt")


async def keep_told(customers: Collection, kept: Mapping[str, ToldTraits]) -> None:
    """Keep what was told of customers; of each the latest version."""
    await _keep(customers, [told_document(*one) for one in sorted(kept.items())], "version", "$lt")


async def keep_events(events: Collection, kept: Iterable[CountedEvent]) -> None:
    """Keep events; of several with one name the one stamped first."""
    await _keep(events, list(map(event_document, kept)), "stamp", "$gt")


async def save_links(links: Collection, saved: Mapping[RecordKey, HeldStates]) -> None:
    """Save links, given as the edition that they become. `Conflict` if somebody else was first."""
    documents = [link_document(*one) for one in sorted(saved.items())]
    new = [one for one in documents if one["edition"] == 1]
    for some in slices(new):
        await links.insert_many(some)
    for some in slices([one for one in documents if one["edition"] > 1]):
        following = [
            ReplaceOne({"_id": one["_id"], "edition": one["edition"] - 1}, one) for one in some
        ]
        if (await links.bulk_write(following)).matched_count != len(some):
            raise overtaken()


async def _keep(
    collection: Collection, documents: Sequence[Document], field: str, outranked: str
) -> None:
    """Insert documents, and replace those there whose field is outranked by theirs."""
    known = await insert_new(collection, documents)
    for some in slices(known):
        those = [
            ReplaceOne({"_id": one["_id"], field: {outranked: one[field]}}, one) for one in some
        ]
        await collection.bulk_write(those, ordered=False)
