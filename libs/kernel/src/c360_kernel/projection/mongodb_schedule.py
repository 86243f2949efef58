"""What is scheduled: a document for each key and moment, named in the order in which it is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymongo import UpdateOne

from c360_kernel.mongodb import Collection
from c360_kernel.projection.schedule import Scheduled

_DIGITS = 15
_EARLIEST_FIRST = [("_id", 1)]


async def put(scheduled: Collection, items: Iterable[Scheduled]) -> None:
    """Keep items, each once however often it is put."""
    wanted = [
        UpdateOne({"_id": _name(one)}, {"$setOnInsert": one._asdict()}, upsert=True)
        for one in sorted(items)
    ]
    if wanted:
        await scheduled.bulk_write(wanted, ordered=False)


async def remove(scheduled: Collection, items: Iterable[Scheduled]) -> None:
    """Forget items."""
    names = [_name(one) for one in items]
    if names:
        await scheduled.delete_many({"_id": {"$in": names}})


async def due_at(scheduled: Collection, present: int, limit: int) -> Sequence[Scheduled]:
    """The earliest items that are due."""
    chosen = scheduled.find({"_id": {"$lt": f"{present + 1:0{_DIGITS}d}"}})
    found = await chosen.sort(_EARLIEST_FIRST).limit(limit).to_list()
    return [Scheduled(int(one["due"]), one["key"]) for one in found]


async def next_due(scheduled: Collection) -> int | None:
    """When the next item is due."""
    found = await scheduled.find({}).sort(_EARLIEST_FIRST).limit(1).to_list()
    return int(found[0]["due"]) if found else None


def _name(item: Scheduled) -> str:
    return f"{item.due:0{_DIGITS}d}:{item.key}"
