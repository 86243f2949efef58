"""What a record or customer counts as, as its own document carries it.

A mark is one text: the number of the step that said it, the edition of whom it is about, and what
it counts as. The mark of the latest step holds, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_writes import insert_new, slices
from pymongo import ReplaceOne

MARK = "counted"
"""The field of a document that holds its mark; none where nothing was counted yet."""
_AT_ONCE = 10_000


class Mark(NamedTuple):
    """What somebody counts as, "" for nothing, since a step and as an edition."""

    step: int = 0
    edition: int = 0
    said: str = ""

    @property
    def text(self) -> str:
        """As documents hold it."""
        return f"{self.step} {self.edition} {self.said}"


NO_MARK = Mark()


def read_mark(text: str) -> Mark:
    """The mark of a text."""
    step, edition, said = text.split(" ", 2)
    return Mark(int(step), int(edition), said)


def mark_of(document: Document) -> Mark:
    """The mark that a document carries."""
    text = document.get(MARK)
    return NO_MARK if text is None else read_mark(text)


def marked(mark: Mark) -> Document:
    """What a document says that carries a mark."""
    return {MARK: mark.text} if mark.step else {}


def latest(name: str, one: Mapping[str, Mark], other: Mapping[str, Mark]) -> Mark:
    """The mark of a name that holds, of those in two places."""
    return max(one.get(name, NO_MARK), other.get(name, NO_MARK), key=_step)


async def marks_aside(aside: Documents, names: Collection[str]) -> Mapping[str, Mark]:
    """The marks of these names that stand in documents of their own."""
    found: dict[str, Mark] = {}
    for some in slices(sorted(names)):
        async for one in aside.find({"_id": {"$in": list(some)}}).batch_size(_AT_ONCE):
            found[one["_id"]] = mark_of(one)
    return found


async def put_aside(aside: Documents, marks: Mapping[str, Mark]) -> None:
    """Let marks stand in documents of their own, unless later ones do."""
    said = [
        {"_id": name, "step": mark.step, MARK: mark.text} for name, mark in sorted(marks.items())
    ]
    await put_later(aside, said)


async def put_later(documents: Documents, said: Iterable[Document]) -> None:
    """Put documents in the place of those of earlier steps."""
    known = await insert_new(documents, list(said))
    for some in slices(known):
        writes = [
            ReplaceOne({"_id": one["_id"], "step": {"$lt": one["step"]}}, one) for one in some
        ]
        await documents.bulk_write(writes, ordered=False)


def _step(mark: Mark) -> int:
    return mark.step
