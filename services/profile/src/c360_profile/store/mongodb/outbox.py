"""What waits to be relayed: parcels of entries, in documents of their own, in the order of units.

There is no transaction around an entry and the customer that it tells of. So it is written first,
with the number of its unit; the customer is saved with that number as its `teller`; and whoever
relays an entry that another process wrote looks whether its customer was saved. What a unit wrote
and did not save, since another was faster or its process died, is dropped once the customer has
reached that state by another way.

So it is with what a step of counting tells: it is written first, with the step's number, and waits
for no customer but for that step. Before the next step is taken, what a step tells stands for
itself; whatever else has its number by then is of a unit that did not take it.
"""

from __future__ import annotations

import time
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import Collection, Document
from c360_kernel.projection.port import Outgoing

from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.parcels import (
    Parcel,
    Waiting,
    parcel_document,
    parcels,
    read_parcel,
)
from c360_profile.store.mongodb.sequence import SequenceClock, microseconds
from c360_profile.store.mongodb.steps import Step, last_teller
from c360_profile.store.port import CustomerChange

_OLDEST_FIRST = [("_id", 1)]
# Beyond so much it is looked at again what is saved: a rebuild lets everything wait.
_MOST_BYTES = 32_000_000
# No unit takes as long: it was given up, and its customers were never touched again.
_GIVEN_UP_US = 3_600_000_000


class Outbox:
    """The outbox as one store sees it. It knows which entries it saved the customers of."""

    def __init__(self, clock: SequenceClock) -> None:
        self._clock = clock
        self._saved: dict[int, Parcel] = {}
        self._left: dict[int, set[int]] = {}

    async def put(
        self, generation: Generation, unit: int, changes: Iterable[CustomerChange]
    ) -> Sequence[Parcel]:
        """Let what tells of customers wait until they are saved; then call `saved` with it."""
        waiting = [
            Waiting(self._clock.next(), entry, customer.id, customer.counter)
            for customer, entries in changes
            for entry in entries
        ]
        made = list(parcels(unit, waiting))
        await _insert(generation.outbox, made)
        return made

    def saved(self, made: Sequence[Parcel]) -> None:
        """The customers that these parcels tell of are saved."""
        self._saved.update({parcel.name: parcel for parcel in made})
        while sum(parcel.size for parcel in self._saved.values()) > _MOST_BYTES:
            del self._saved[next(iter(self._saved))]

    async def put_step(
        self, generation: Generation, step: int, unit: int, entries: Iterable[NewEntry]
    ) -> Sequence[Parcel]:
        """Let entries wait until this unit has taken that step; then call `saved` with them."""
        waiting = [Waiting(self._clock.next(), one) for one in entries]
        made = list(parcels(unit, waiting, step))
        await _insert(generation.outbox, made)
        return made

    async def drop(self, generation: Generation, made: Sequence[Parcel]) -> None:
        """Another unit took the step that these parcels tell of."""
        await _remove(generation.outbox, [parcel.name for parcel in made])

    async def step_stands(self, generation: Generation, names: Sequence[int]) -> None:
        """Parcels of these names, if they still wait, are of a step that was taken."""
        if names:
            chosen = {"_id": {"$in": list(names)}}
            await generation.outbox.update_many(chosen, {"$set": {"step": 0}})

    async def put_letters(self, generation: Generation, letters: Sequence[NewEntry]) -> None:
        """Let entries wait that tell of no customer, each once however often it is put."""
        if not letters:
            return
        ids = [letter.id for letter in letters]
        there = await generation.outbox.find({"ids": {"$in": ids}}, {"ids": 1}).to_list()
        known = {id_ for document in there for id_ in document["ids"]}
        waiting = [Waiting(self._clock.next(), one) for one in letters if one.id not in known]
        await _insert(generation.outbox, list(parcels(0, waiting)))

    async def outgoing(self, generation: Generation, limit: int) -> Sequence[Outgoing]:
        """The oldest entries whose customers are saved."""
        found: list[Outgoing] = []
        last = 0
        self._left = {}
        while len(found) < limit:
            chosen = generation.outbox.find({"_id": {"$gt": last}}, {"_id": 1})
            page = await chosen.sort(_OLDEST_FIRST).limit(limit).batch_size(limit).to_list()
            names = [int(document["_id"]) for document in page]
            for parcel in await self._tellable(generation, names):
                found += [Outgoing(one.number, one.entry) for one in parcel.waiting]
            if len(names) < limit:
                break
            last = names[-1]
        return found[:limit]

    async def relayed(self, generation: Generation, numbers: Sequence[int]) -> None:
        """Drop what `outgoing` gave under these numbers, once it is told."""
        gone = set(numbers)
        touched = {name: left - gone for name, left in self._left.items() if left & gone}
        self._left.update(touched)
        for name, left in touched.items():
            self._saved.pop(name, None)
            if left:
                kept: Document = {"$set": {"left": sorted(left)}}
                await generation.outbox.update_one({"_id": name}, kept)
        await _remove(generation.outbox, [name for name, left in touched.items() if not left])

    async def clear(self, generation: Generation) -> None:
        """Drop everything that waits."""
        place = generation.line.place
        await generation.outbox.delete_many({})
        await generation.settle(place)
        self._saved.clear()

    async def _tellable(self, generation: Generation, names: Sequence[int]) -> Sequence[Parcel]:
        place = generation.line.place
        unknown = [name for name in names if name not in self._saved]
        # Before the parcels: one that does not stand for itself once its step is over never will.
        last = await last_teller(generation.cells) if unknown else Step()
        strange = await _read(generation, unknown)
        states = await _states(generation.customers, _customers_of(strange.values()))
        if strange:
            # What is told must last, and whoever wrote these may not have waited for that yet.
            await generation.settle(place)
        ready: list[Parcel] = []
        for name in names:
            parcel = self._saved.get(name) or strange.get(name)
            if parcel is None:
                continue  # somebody else relayed it meanwhile
            verdicts = {
                one: name in self._saved or _verdict(one, parcel, last, states)
                for one in parcel.waiting
            }
            self._left[name] = {
                one.number for one, verdict in verdicts.items() if verdict is not False
            }
            ready.append(Parcel(parcel.unit, [one for one in parcel.waiting if verdicts[one]]))
        await _remove(generation.outbox, [n for n in names if self._left.get(n) == set()])
        return ready


async def _remove(outbox: Collection, names: Sequence[int]) -> None:
    if names:
        await outbox.delete_many({"_id": {"$in": list(names)}})


async def _insert(outbox: Collection, made: Sequence[Parcel]) -> None:
    if made:
        await outbox.insert_many(list(map(parcel_document, made)))


async def _read(generation: Generation, names: Sequence[int]) -> Mapping[int, Parcel]:
    if not names:
        return {}
    found = await generation.outbox.find({"_id": {"$in": list(names)}}).to_list()
    return {int(document["_id"]): read_parcel(document) for document in found}


def _customers_of(strange: Iterable[Parcel]) -> AnyOf[str]:
    return {one.customer for parcel in strange for one in parcel.waiting if one.customer}


async def _states(customers: Collection, ids: AnyOf[str]) -> Mapping[str, Document]:
    if not ids:
        return {}
    chosen = customers.find({"_id": {"$in": list(ids)}}, {"counter": 1, "teller": 1})
    return {one["_id"]: one for one in await chosen.batch_size(len(ids) + 1).to_list()}


def _verdict(
    waiting: Waiting, parcel: Parcel, last: Step, states: Mapping[str, Document]
) -> bool | None:
    """Whether an entry is to be told; None while its customer or step may still be saved."""
    state = states.get(waiting.customer)
    if parcel.step <= last.number and not waiting.customer:
        return not parcel.step or (parcel.step, parcel.unit) == (last.number, last.unit)
    if state and state["teller"] == parcel.unit:
        return True
    if state and state["counter"] >= waiting.counter:
        return False
    age = time.time_ns() // 1_000 - microseconds(waiting.number)
    return False if age > _GIVEN_UP_US else None
