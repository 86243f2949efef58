"""The document of the last step of counting, and the cells that have documents of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import orjson
from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_writes import slices
from pymongo.errors import DuplicateKeyError

from c360_profile.store.mongodb.marks import Mark, put_later, read_mark

_STEP = ""
"""The id of the document of the last step; no cell has it."""
_NO_MARKS: Mapping[str, Mark] = {}
_NO_CELLS: Mapping[str, str] = {}
_AT_ONCE = 10_000
# Larger than this is written to documents of its own, and a document holds no more than 16 MB.
_MOST_BYTES = 4_000_000
_LEAST_BYTES = 100_000
_OFTEN = 4


class Step(NamedTuple):
    """A step: what it counts, and the cells since they were put into documents of their own.

    `unit` said it. `is_aside`: marks stand in documents of their own. `told` are the parcels of
    the outbox that it tells with.
    """

    number: int = 0
    unit: int = 0
    marks: Mapping[str, Mark] = _NO_MARKS
    cells: Mapping[str, str] = _NO_CELLS
    is_aside: bool = False
    told: Sequence[int] = ()

    @property
    def size(self) -> int:
        """Bytes of its texts, about."""
        return _size(self.cells) + sum(len(n) + len(m.said) + 8 for n, m in self.marks.items())

    def is_full(self, changed: Mapping[str, str]) -> bool:
        """Whether its cells are more than is to be written again beside those that change now."""
        bound = min(_OFTEN * _size(changed) + _LEAST_BYTES, _MOST_BYTES)
        return _size({**self.cells, **changed}) > bound


def _size(texts: Mapping[str, str]) -> int:
    return sum(len(name) + len(text) for name, text in texts.items())


async def last_step(cells: Documents) -> Step:
    """The last step, numbered 0 before any."""
    found = await cells.find_one({"_id": _STEP})
    return Step() if found is None else _read(found)


async def last_teller(cells: Documents) -> Step:
    """The last step's number and unit alone."""
    found = await cells.find_one({"_id": _STEP}, {"step": 1, "unit": 1})
    return Step() if found is None else Step(int(found["step"]), int(found["unit"]))


async def begin(cells: Documents, step: Step) -> bool:
    """Say a step, unless somebody else was faster."""
    said = _document(step)
    if step.number == 1:
        try:
            await cells.insert_one({"_id": _STEP, **said})
        except DuplicateKeyError:
            return False
        return True
    last = {"_id": _STEP, "step": step.number - 1}
    return (await cells.replace_one(last, {"_id": _STEP, **said})).matched_count == 1


async def note_aside(cells: Documents, step: Step) -> None:
    """Note that marks of a step, if it is the last one, stand in documents of their own."""
    last = {"_id": _STEP, "step": step.number}
    await cells.update_one(last, {"$set": {"aside": True}})


async def put_cells(cells: Documents, step: Step) -> None:
    """Put the cells of a step into documents of their own."""
    await put_later(
        cells,
        [
            {"_id": name, "said": said, "step": step.number}
            for name, said in sorted(step.cells.items())
        ],
    )


async def put_in(cells: Documents, names: Collection[str]) -> Mapping[str, str]:
    """The texts of cells, as the documents of their own say them."""
    return {one["_id"]: one["said"] for one in await _documents(cells, names)}


async def cells_of(cells: Documents, names: Collection[str]) -> Mapping[str, str]:
    """The texts of cells, all as one step says them. Empty ones are left out."""
    while True:
        last = await cells.find_one({"_id": _STEP}, {"step": 1, "cells": 1})
        number: int = 0 if last is None else int(last["step"])
        told: Mapping[str, str] = {} if last is None else orjson.loads(last["cells"])
        held = await _documents(cells, set(names) - told.keys())
        # What others put into a document meanwhile is of a later step than what was read before.
        if all(one["step"] <= number for one in held):
            break
    found = {**{one["_id"]: one["said"] for one in held}, **told}
    return {name: found[name] for name in names if found.get(name)}


async def _documents(cells: Documents, names: Collection[str]) -> Sequence[Document]:
    found: list[Document] = []
    for some in slices(sorted(names)):
        found += await cells.find({"_id": {"$in": list(some)}}).batch_size(_AT_ONCE).to_list()
    return found


def _document(step: Step) -> Document:
    marks = {name: one.text for name, one in step.marks.items()}
    return {
        "step": step.number,
        "unit": step.unit,
        "aside": step.is_aside,
        "told": list(step.told),
        "marks": orjson.dumps(marks).decode(),
        "cells": orjson.dumps(step.cells).decode(),
    }


def _read(document: Document) -> Step:
    marks = orjson.loads(document["marks"])
    return Step(
        int(document["step"]),
        int(document["unit"]),
        {name: read_mark(text) for name, text in marks.items()},
        orjson.loads(document["cells"]),
        document["aside"],
        tuple(map(int, document["told"])),
    )
