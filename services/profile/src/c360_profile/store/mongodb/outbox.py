"""What waits to be relayed: each entry a document of its own, numbered in the order of units.

There is no transaction around an entry and the customer that it tells of. So it is written first,
with the number of its unit; the customer is saved with that number as its `teller`; and whoever
relays an entry that another process wrote looks whether its customer was saved. What a unit wrote
and did not save, since another was faster or its process died, is dropped once the customer has
reached that state by another way.
"""

from __future__ import annotations

import time
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import Collection, Document
from c360_kernel.projection.port import Outgoing

from c360_profile.store.mongodb.documents import entry_document, read_entry
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.sequence import SequenceClock, microseconds
from c360_profile.store.port import CustomerChange

_OLDEST_FIRST = [("_id", 1)]
# Beyond so much it is looked at again what is saved: a rebuild lets everything wait.
_MOST_REMEMBERED = 5_000
_MOST_BYTES = 32_000_000
# No unit takes as long: it was given up, and its customers were never touched again.
_GIVEN_UP_US = 3_600_000_000


class Outbox:
    """The outbox as one store sees it. It knows which entries it saved the customers of."""

    def __init__(self, clock: SequenceClock) -> None:
        self._clock = clock
        self._saved: dict[int, NewEntry] = {}
        self._bytes = 0

    async def put(
        self, generation: Generation, unit: int, changes: Iterable[CustomerChange]
    ) -> Mapping[int, NewEntry]:
        """Let what tells of customers wait until they are saved; then call `saved` with it."""
        told = {self._clock.next(): change for change in changes}
        documents = [_waiting(number, unit, change) for number, change in told.items()]
        if documents:
            await generation.outbox.insert_many(documents, ordered=False)
        return {number: change.entry for number, change in told.items()}

    def saved(self, told: Mapping[int, NewEntry]) -> None:
        """The customers that these entries tell of are saved."""
        self._saved.update(told)
        self._bytes += sum(len(entry.data) for entry in told.values())
        while self._saved and (len(self._saved) > _MOST_REMEMBERED or self._bytes > _MOST_BYTES):
            self._forget(next(iter(self._saved)))

    async def put_letters(self, generation: Generation, letters: Sequence[NewEntry]) -> None:
        """Let entries wait that tell of no customer, each once however often it is put."""
        if not letters:
            return
        ids = [letter.id for letter in letters]
        there = await generation.outbox.find({"id": {"$in": ids}}, {"id": 1}).to_list()
        known = {document["id"] for document in there}
        new = [letter for letter in letters if letter.id not in known]
        if new:
            documents = [_letter(self._clock.next(), letter) for letter in new]
            await generation.outbox.insert_many(documents)

    async def outgoing(self, generation: Generation, limit: int) -> Sequence[Outgoing]:
        """The oldest entries whose customers are saved."""
        found: list[Outgoing] = []
        last = 0
        while len(found) < limit:
            chosen = generation.outbox.find({"_id": {"$gt": last}}, {"_id": 1})
            page = await chosen.sort(_OLDEST_FIRST).limit(limit).batch_size(limit).to_list()
            numbers = [int(document["_id"]) for document in page]
            if not numbers:
                break
            last = numbers[-1]
            entries = await self._entries(generation, numbers)
            found += [Outgoing(number, entries[number]) for number in numbers if number in entries]
        return found[:limit]

    async def relayed(self, generation: Generation, numbers: Sequence[int]) -> None:
        """Drop what was told under these numbers."""
        await generation.outbox.delete_many({"_id": {"$in": list(numbers)}})
        for number in numbers:
            self._forget(number)

    async def clear(self, generation: Generation) -> None:
        """Drop everything that waits."""
        await generation.outbox.delete_many({})
        self._saved.clear()
        self._bytes = 0

    def _forget(self, number: int) -> None:
        entry = self._saved.pop(number, None)
        self._bytes -= len(entry.data) if entry else 0

    async def _entries(
        self, generation: Generation, numbers: Sequence[int]
    ) -> Mapping[int, NewEntry]:
        strange = [number for number in numbers if number not in self._saved]
        return {**self._saved, **await _checked(generation, strange)} if strange else self._saved


async def _checked(generation: Generation, numbers: Sequence[int]) -> Mapping[int, NewEntry]:
    """Those of these entries that may be told; what was overtaken is dropped."""
    chosen = generation.outbox.find({"_id": {"$in": list(numbers)}}).batch_size(len(numbers))
    waiting = await chosen.to_list()
    states = await _states(generation.customers, {one["customer"] for one in waiting} - {None})
    verdicts = {int(one["_id"]): _verdict(one, states.get(one["customer"])) for one in waiting}
    overtaken = [number for number, is_told in verdicts.items() if is_told is False]
    if overtaken:
        await generation.outbox.delete_many({"_id": {"$in": overtaken}})
    return {int(one["_id"]): read_entry(one) for one in waiting if verdicts[int(one["_id"])]}


async def _states(customers: Collection, ids: AnyOf[str]) -> Mapping[str, Document]:
    if not ids:
        return {}
    chosen = customers.find({"_id": {"$in": list(ids)}}, {"counter": 1, "teller": 1})
    return {one["_id"]: one for one in await chosen.batch_size(len(ids)).to_list()}


def _verdict(waiting: Document, state: Document | None) -> bool | None:
    """Whether an entry is to be told; None while its customer may still be saved."""
    if waiting["customer"] is None or (state and state["teller"] == waiting["unit"]):
        return True
    if state and state["counter"] >= waiting["counter"]:
        return False
    age = time.time_ns() // 1_000 - microseconds(int(waiting["_id"]))
    return False if age > _GIVEN_UP_US else None


def _waiting(number: int, unit: int, change: CustomerChange) -> Document:
    customer = change.customer
    told: Document = {"customer": customer.id, "counter": customer.counter, "unit": unit}
    return {"_id": number, **told, **entry_document(change.entry)}


def _letter(number: int, letter: NewEntry) -> Document:
    return {"_id": number, "customer": None, **entry_document(letter)}
