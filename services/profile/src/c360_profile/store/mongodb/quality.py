"""What is counted of the quality of data, on a server that has no transaction around it.

One document says the whole of a step before any of it is written: what records and customers count
as from then on, the cells that come of it, and what is to be told. Steps follow each other by its
number, so that each begins with what the last one came to; and whoever finds one that was not
written to its end writes it again, which changes nothing where it was. So a step is whole from the
moment that its document says it.

What is counted of a record or a customer is of an edition. A unit that was overtaken counts nothing
of it, and one that is handled again finds what it counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_writes import insert_new, slices
from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError

from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.parcels import Parcel, Waiting, parcel_document, read_parcel
from c360_profile.store.quality import Counted, Recount, counted_anew

_STEP = ""
"""The id of the document of the last step; no cell has it."""
_AT_ONCE = 10_000
_MOST = 1_000
"""A document holds no more than 16 MB: so many texts fit, also those of very many traits."""
_NOTHING: Document = {}


class _Held(NamedTuple):
    """A text that is kept, and the edition of whom it is about."""

    said: str
    edition: int


async def recount(
    generation: Generation, outbox: Outbox, wanted: Recount, editions: Mapping[str, int]
) -> None:
    """Count anew. The records and customers are saved, as these editions; repeating changes
    nothing.
    """
    for part in wanted.parts(_MOST):
        await _recount(generation, outbox, part, editions)


async def _recount(
    generation: Generation, outbox: Outbox, wanted: Recount, editions: Mapping[str, int]
) -> None:
    while True:
        last = await _finished(generation, outbox)
        held = await _held(generation.counted, wanted.counting.names)
        # What was counted of a later edition is by somebody who read what this unit saved.
        standing = {n: h for n, h in held.items() if h.edition > editions[n]}
        current = wanted.only(editions.keys() - standing.keys())
        before = {name: one.said for name, one in held.items()}
        done = await counted_anew(current, before, _reading(generation))
        if not (done.counted or done.cells):
            return
        step = _step(last + 1, done, editions)
        if await _begin(generation, step):
            await _finish(generation, outbox, step)
            return


async def cells_of(generation: Generation, names: Collection[str]) -> Mapping[str, str]:
    """The texts of cells, as the last step says them, however far it is written."""
    step = await generation.cells.find_one({"_id": _STEP}) or _NOTHING
    told = dict(step.get("cells", ()))
    held = await _held(generation.cells, names)
    found = {name: told.get(name, held[name].said if name in held else "") for name in names}
    return {name: text for name, text in found.items() if text}


def _reading(generation: Generation) -> Any:  # noqa: ANN401 - a `Read`
    async def read(names: Collection[str]) -> Mapping[str, str]:
        return {name: one.said for name, one in (await _held(generation.cells, names)).items()}

    return read


async def _held(documents: Documents, names: Collection[str]) -> dict[str, _Held]:
    found: dict[str, _Held] = {}
    for some in slices(sorted(names)):
        chosen = documents.find({"_id": {"$in": list(some)}}).batch_size(_AT_ONCE)
        async for one in chosen:
            found[one["_id"]] = _Held(one["said"], int(one["edition"]))
    return found


def _step(number: int, done: Counted, editions: Mapping[str, int]) -> Document:
    waiting = [Waiting(place + 1, entry) for place, entry in enumerate(done.entries)]
    return {
        "step": number,
        "written": number - 1,
        "counted": [[name, said, editions[name]] for name, said in sorted(done.counted.items())],
        "cells": [[name, said] for name, said in sorted(done.cells.items())],
        "told": parcel_document(Parcel(0, waiting)) if waiting else None,
    }


async def _begin(generation: Generation, step: Document) -> bool:
    """Say a step, unless somebody else was faster."""
    if step["step"] == 1:
        try:
            await generation.cells.insert_one({"_id": _STEP, **step})
        except DuplicateKeyError:
            return False
        return True
    last = {"_id": _STEP, "step": step["step"] - 1}
    done = await generation.cells.replace_one(last, step)
    return done.matched_count == 1


async def _finished(generation: Generation, outbox: Outbox) -> int:
    """The number of the last step, once it is written; 0 before any."""
    step = await generation.cells.find_one({"_id": _STEP})
    if step is None:
        return 0
    if step["written"] < step["step"]:
        await _finish(generation, outbox, step)
    return int(step["step"])


async def _finish(generation: Generation, outbox: Outbox, step: Document) -> None:
    """Write what a step says."""
    number = int(step["step"])
    counted = [
        {"_id": name, "said": said, "edition": edition, "step": number}
        for name, said, edition in step["counted"]
    ]
    cells = [
        {"_id": name, "said": said, "edition": 0, "step": number} for name, said in step["cells"]
    ]
    await _put(generation.counted, counted)
    await _put(generation.cells, cells)
    await outbox.put_letters(generation, _entries(step))
    mine = {"_id": _STEP, "step": number}
    await generation.cells.update_one(mine, {"$set": {"written": number}})


async def _put(documents: Documents, said: Sequence[Document]) -> None:
    """Put documents in the place of those of earlier steps."""
    known = await insert_new(documents, said)
    for some in slices(known):
        writes = [
            ReplaceOne({"_id": one["_id"], "step": {"$lt": one["step"]}}, one) for one in some
        ]
        await documents.bulk_write(writes, ordered=False)


def _entries(step: Document) -> Sequence[NewEntry]:
    told = step["told"]
    return [one.entry for one in read_parcel(told).waiting] if told else ()
