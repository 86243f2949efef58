"""What operations are found and counted by and none of them says, or the other way about."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Sequence

from c360_audit.domain.placed_entry import Place
from c360_audit.store.evidence import Stray
from c360_audit.store.expected import Expected, expected
from c360_audit.store.sqlite.blocks import block_of

_ALL_SUBJECTS = "SELECT block, subject, footprint, number, at, actor FROM leaf_subject"
_SUBJECT = (
    "SELECT at, actor FROM leaf_subject"
    " WHERE block = ? AND subject = ? AND footprint = ? AND number = ?"
)
_LEAVES = (
    "SELECT l.number, y.entry, y.data, l.actor, l.footprint, l.part, l.off"
    " FROM leaf l JOIN payload y USING (number)"
)
_SUBJECTS = (
    "SELECT s.subject, s.number, y.entry, y.data, l.part, l.off FROM leaf_subject s"
    " LEFT JOIN leaf l USING (number) LEFT JOIN payload y USING (number)"
)
_UNLIKE_LEAVES = (
    "SELECT p.part, p.off FROM place p LEFT JOIN leaf l ON l.number = p.number"
    " WHERE p.number IS NOT NULL AND ((l.part, l.off) IS NOT (p.part, p.off)"
    " OR p.entry IS NOT NULL OR p.data IS NOT NULL)"
)
_LEAFLESS = "SELECT number FROM payload WHERE number NOT IN (SELECT number FROM leaf)"
_MET = ("actor", "footprint")


class Expectations:
    """What the operations say that were read."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self.subjects = 0
        self.spans: dict[int, tuple[int, int]] = {}
        self.met: dict[str, dict[tuple[int, int], int]] = {name: {} for name in _MET}

    def add(self, number: int, actor: int, footprint: int, derived: Expected) -> None:
        """One more; its actor and footprint are as its leaf names them."""
        block, at = block_of(number), derived.at
        for subject in derived.subjects:
            self.subjects += self.hash_of((block, subject, footprint, number, at, actor))
        first, last = self.spans.get(block, (at, at))
        self.spans[block] = min(first, at), max(last, at)
        for name, one in (("actor", actor), ("footprint", footprint)):
            found = self.met[name]
            found[one, block] = max(at, found.get((one, block), at))

    def hash_of(self, row: tuple[object, ...]) -> int:
        """Under a key of the moment: nobody can look for rows that make up for each other."""
        row_bytes = repr(row).encode()
        return int.from_bytes(hashlib.blake2b(row_bytes, key=self._key, digest_size=16).digest())


def strays(connection: sqlite3.Connection, expectations: Expectations) -> Sequence[Stray]:
    """What questions are answered by and no kept operation says, or the other way about."""
    return [
        *_subjects(connection, expectations),
        *_places(connection),
        *_marks(connection),
        *_blocks(connection, expectations),
        *(found for name in _MET for found in _met(connection, name, expectations)),
    ]


def _subjects(connection: sqlite3.Connection, expectations: Expectations) -> Sequence[Stray]:
    """Looked for one by one only where the sum of the hashes of all of them is another."""
    if sum(map(expectations.hash_of, connection.execute(_ALL_SUBJECTS))) == expectations.subjects:
        return []
    lacking = [
        Stray(f"the customers of operation {number}", Place(*place))
        for number, entry, data, actor, footprint, *place in connection.execute(_LEAVES)
        if not _has(connection, expected(entry, data), footprint, number, actor)
    ]
    more = [
        Stray(f"a customer of operation {number}", None if place[0] is None else Place(*place))
        for subject, number, entry, data, *place in connection.execute(_SUBJECTS)
        if not _names(subject, entry, data)
    ]
    return [*lacking, *more] or [Stray("a customer of an operation")]


def _has(
    connection: sqlite3.Connection,
    derived: Expected | None,
    footprint: int,
    number: int,
    actor: int,
) -> bool:
    if derived is None:
        return True
    named = [(block_of(number), one, footprint, number) for one in derived.subjects]
    found = [connection.execute(_SUBJECT, one).fetchone() for one in named]
    return all(one == (derived.at, actor) for one in found)


def _names(subject: str, entry: str | None, data: bytes | None) -> bool:
    derived = None if entry is None or data is None else expected(entry, data)
    return derived is not None and subject in derived.subjects


def _places(connection: sqlite3.Connection) -> Iterator[Stray]:
    for place in connection.execute(_UNLIKE_LEAVES):
        yield Stray("which operation stands here", Place(*place))
    for (number,) in connection.execute(_LEAFLESS):
        yield Stray(f"what operation {number} says")


def _marks(connection: sqlite3.Connection) -> Iterator[Stray]:
    marked: dict[int, set[str]] = {}
    for mark, footprint in connection.execute("SELECT mark, footprint FROM footprint_mark"):
        marked.setdefault(footprint, set()).add(mark)
    for footprint, marks in connection.execute("SELECT id, marks FROM footprint"):
        if marked.pop(footprint, set[str]()) != set(marks.split("\n")):
            marked[footprint] = set()
    yield from (Stray(f"what footprint {one} is found by") for one in sorted(marked))


def _blocks(connection: sqlite3.Connection, expectations: Expectations) -> Iterator[Stray]:
    held = {one: tuple(span) for one, *span in connection.execute("SELECT * FROM block")}
    for one in sorted(held.keys() | expectations.spans.keys()):
        if held.get(one) != expectations.spans.get(one):
            yield Stray(f"when block {one} began and ended")


def _met(connection: sqlite3.Connection, name: str, expectations: Expectations) -> Iterator[Stray]:
    """In which blocks, and when last; and that there is nobody and nothing else."""
    rows = connection.execute(f"SELECT {name}, block, last_at FROM block_{name}")
    held, wanted = {(one, block): at for one, block, at in rows}, expectations.met[name]
    for one, block in sorted(held.keys() | wanted.keys()):
        if held.get((one, block)) != wanted.get((one, block)):
            yield Stray(f"when {name} {one} was last met in block {block}")
    known = {one for one, _ in wanted}
    for (one,) in connection.execute(f"SELECT id FROM {name}"):
        if one not in known:
            yield Stray(f"{name} {one}")
