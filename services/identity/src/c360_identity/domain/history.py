"""How customers came to be: when each record came to whom, and left whom.

The first assignment of a record is told by its age. What is kept beside the evidence is each move
after that, under the rules that the store is derived by: a store that is derived anew tells of
another past, the one that there would have been under its rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.record import RecordKey

from c360_identity.domain.model import SourceRecord


class Move(NamedTuple):
    """A record left one customer for another (None: it was nobody's); customers are their seeds."""

    record: RecordKey
    version: int
    stamp: str
    left: RecordKey | None
    to: RecordKey | None
    cause: str


class Stay(NamedTuple):
    """A record was one customer's from a stamp on, until the next stay of the same record."""

    record: RecordKey
    since: str
    seed: RecordKey | None
    left: RecordKey | None
    cause: str


ARRIVED = "arrived"
"""The cause of a record's first stay."""


def stays(records: Iterable[SourceRecord], moves: Iterable[Move]) -> Mapping[RecordKey, list[Stay]]:
    """Whose each of these records was, one after the other."""
    moved: dict[RecordKey, list[Move]] = defaultdict(list)
    for move in moves:
        moved[move.record].append(move)
    return {
        record.key: list(_stays(record, sorted(moved[record.key], key=lambda one: one.version)))
        for record in records
    }


def _stays(record: SourceRecord, moves: Sequence[Move]) -> Iterator[Stay]:
    first = moves[0].left if moves else record.seed
    yield Stay(record.key, record.age, first, None, ARRIVED)
    for move in moves:
        yield Stay(record.key, move.stamp, move.to, move.left, move.cause)


def seed_at(stays: Sequence[Stay], stamp: str) -> RecordKey | None:
    """Whose a record was at a moment; None before it was known and while it was nobody's."""
    return next((one.seed for one in reversed(stays) if one.since <= stamp), None)


def told_of(seed: RecordKey, stays: Iterable[Sequence[Stay]]) -> list[Stay]:
    """What came to one customer and what left it, the earliest first."""
    found = (one for each in stays for one in each if seed in (one.seed, one.left))
    return sorted(found, key=lambda one: (one.since, one.record))
