"""Which entries are being handled, so that what kills the process is found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pymongo import DeleteMany, UpdateOne

from c360_kernel.log.entry import Partition, Span
from c360_kernel.mongodb import Collection, Document
from c360_kernel.projection.port import Attempt

Spans = Mapping[Partition, Span]


async def marked(begun: Collection) -> Sequence[Attempt]:
    """What was begun and never ended."""
    return [_read(document) for document in await begun.find().to_list()]


async def mark(begun: Collection, spans: Spans) -> None:
    """Count once more that handling these begins."""
    await begun.bulk_write(
        [
            UpdateOne(
                {"_id": f"{topic}:{number}:{first}-{last}"},
                {
                    "$set": {"topic": topic, "partition": number, "first": first, "last": last},
                    "$inc": {"times": 1},
                },
                upsert=True,
            )
            for (topic, number), (first, last) in spans.items()
        ]
    )


async def unmark(begun: Collection, spans: Spans) -> None:
    """Forget all that ended with these."""
    ended = [
        DeleteMany({"topic": topic, "partition": number, "last": {"$lte": last}})
        for (topic, number), (_, last) in spans.items()
    ]
    if ended:
        await begun.bulk_write(ended)


def _read(document: Document) -> Attempt:
    partition = Partition(document["topic"], int(document["partition"]))
    first, last, times = (int(document[name]) for name in ("first", "last", "times"))
    return Attempt(partition, first, last, times)
