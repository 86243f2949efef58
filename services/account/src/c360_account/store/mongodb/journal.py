"""How a unit changes many account records at once where there are no transactions.

Which records are one account depends on all of them, and one that is written without the others
would be solved anew as if it had always been so. So a unit writes nothing of them: it puts what it
changes into the journal, and what it tells into the outbox, where nobody reads either. Then one
change of the state says that it holds: positions, the next edition, and the unit as `pending`. It
fails where another unit was first, and then nothing of this one was ever there. What is pending is
written by whoever comes next, be it another process: everything may be written twice, and what is
older than what is there is left out.
"""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence

from c360_kernel.log.entry import NewEntry, Partition
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_writes import insert_new, slices
from c360_kernel.projection import mongodb_schedule
from c360_kernel.projection.positions import PositionMoved
from c360_kernel.projection.schedule import Scheduled
from pymongo import ReplaceOne

from c360_account.store.mongodb.generation import Generation, State
from c360_account.store.mongodb.outbox import letter_documents


async def put(
    generation: Generation,
    unit: str,
    edition: int,
    documents: AnyOf[Document],
    letters: Sequence[NewEntry],
    due: AnyOf[Scheduled],
) -> None:
    """Let a unit's changes wait for `commit`, and what is due once they are written."""
    said: list[Document] = [{"document": one} for one in documents]
    said += [{"due": one.due, "key": one.key} for one in sorted(due)]
    noted = [
        {"_id": f"{unit}/{place}", "unit": unit, "edition": edition, **one}
        for place, one in enumerate(said)
    ]
    for some in slices(noted):
        await generation.journal.insert_many(some)
    for some in slices(list(letter_documents(unit, edition, letters))):
        await generation.outbox.insert_many(some)


async def commit(
    generation: Generation,
    unit: str,
    before: State,
    update: Document,
    held: Mapping[Partition, int],
) -> None:
    """From here on a unit's changes hold. Raises `Conflict` where another unit was first.

    `update` is what else becomes of the state, by the operators of an update.
    """
    edition = before.edition + 1
    said = {**update.get("$set", {}), "edition": edition, "pending": unit}
    changed: Document = {**update, "$set": said}
    if not await generation.change_state(changed, held, {"edition": before.edition}):
        await _forget(generation, unit)
        raise PositionMoved
    await write(generation, unit, edition)


async def settled(generation: Generation) -> State:
    """The state, once all that holds is written."""
    while (state := await generation.state()).pending:
        await write(generation, state.pending, state.edition)
    return state


async def write(generation: Generation, unit: str, edition: int) -> None:
    """Write all that a unit changed."""
    noted = await generation.journal.find({"unit": unit}).to_list()
    await _replace(generation, [one["document"] for one in noted if "document" in one], edition)
    due = [Scheduled(int(one["due"]), one["key"]) for one in noted if "due" in one]
    await mongodb_schedule.put(generation.scheduled, due)
    await generation.outbox.update_many({"unit": unit}, {"$set": {"told": True}})
    await generation.change_state({"$set": {"pending": ""}}, said={"pending": unit})
    # Of no unit that can still be committed: each of them is to be the next edition.
    over: Document = {"edition": {"$lte": edition}}
    await generation.journal.delete_many(over)
    await generation.outbox.delete_many({**over, "told": False})


async def _replace(generation: Generation, documents: Sequence[Document], edition: int) -> None:
    written = [{**one, "edition": edition} for one in documents]
    known = await insert_new(generation.records, written)
    for some in slices(known):
        older = [ReplaceOne({"_id": one["_id"], "edition": {"$lt": edition}}, one) for one in some]
        await generation.records.bulk_write(older, ordered=False)


async def _forget(generation: Generation, unit: str) -> None:
    await generation.journal.delete_many({"unit": unit})
    await generation.outbox.delete_many({"unit": unit, "told": False})
