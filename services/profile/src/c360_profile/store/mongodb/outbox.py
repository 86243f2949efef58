"""What waits to be relayed: entries inside the documents of the customers that they tell of.

Those that belong to no customer stand in documents of their own. The sequence of a document is
that of its newest entry, and a document's entries go out together, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_kernel.mongodb import Collection, Document
from c360_kernel.projection.port import Outgoing

from c360_profile.store.mongodb.documents import read_entries
from c360_profile.store.mongodb.generation import Generation

_FIELDS = {"waiting": 1, "pending": 1}
_WAITING: Document = {"waiting": {"$gt": 0}}
_NOTHING: Document = {"$set": {"waiting": 0, "pending": []}}


async def outgoing(generation: Generation, limit: int) -> Sequence[Outgoing]:
    """The oldest entries, as many as whole documents hold up to `limit`, but at least one's."""
    waiting = await _oldest(generation.customers, limit) + await _oldest(generation.letters, limit)
    found: list[Outgoing] = []
    for document in sorted(waiting, key=lambda document: document["waiting"]):
        entries = read_entries(document["pending"])
        if found and len(found) + len(entries) > limit:
            break
        found += [Outgoing(int(document["waiting"]), entry) for entry in entries]
    return found


async def relayed(generation: Generation, sequences: Iterable[int]) -> None:
    """Drop what was told under these sequences, unless more came to wait in the same document."""
    gone: Document = {"waiting": {"$in": list(set(sequences))}}
    await generation.customers.update_many(gone, _NOTHING)
    await generation.letters.delete_many(gone)


async def clear(generation: Generation) -> None:
    """Drop everything that waits."""
    await generation.customers.update_many(_WAITING, _NOTHING)
    await generation.letters.delete_many(_WAITING)


async def _oldest(collection: Collection, limit: int) -> list[Document]:
    return await collection.find(_WAITING, _FIELDS).sort("waiting", 1).limit(limit).to_list()
