"""What of a batch is left to a later solve, since it touches customers of very many records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from c360_kernel.log.entry import Entry, Partition
from c360_kernel.record import Identifier, RecordKey

from c360_identity.handlers.closure import Told, Why

LARGE_SOLVE = 2_000
"""What touches a customer of so many records is solved beside other batches, not within its own."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a solve has to begin, as `closure` takes it, and why."""

    records: dict[RecordKey, Why] = field(default_factory=dict[RecordKey, Why])
    identifiers: dict[Identifier, Why] = field(default_factory=dict[Identifier, Why])
    lost: Counter[Identifier] = field(default_factory=Counter[Identifier])

    def of(self, records: Collection[RecordKey], identifiers: Collection[Identifier]) -> Left:
        """As much of it as is about these."""
        return Left(
            {key: why for key, why in self.records.items() if key in records},
            {one: why for one, why in self.identifiers.items() if one in identifiers},
            Counter({one: n for one, n in self.lost.items() if one in identifiers}),
        )

    def add(self, other: Left) -> None:
        """Take in what was left later."""
        self.records.update(other.records)
        self.identifiers.update(other.identifiers)
        self.lost.update(other.lost)


class LaterSolves(Protocol):
    """Where solves are left; whoever does them implements it."""

    @property
    def is_on(self) -> bool:
        """Whether solves may be left."""
        ...

    def is_busy(self, key: RecordKey | None) -> bool:
        """Whether a solve that is not done may move this record, or touches its customer."""
        ...

    def are_busy(self, identifiers: Iterable[Identifier]) -> bool:
        """Whether a solve that is not done looks at one of these."""
        ...

    def leave(self, left: Left, owners: Iterable[RecordKey]) -> None:
        """This is left; the customers of these seeds are touched by it."""
        ...

    def saw(self, records: Iterable[RecordKey], identifiers: Iterable[Identifier]) -> None:
        """A batch touched these, and left none of them."""
        ...


def text_of(left: Left) -> str:
    """What is kept of it."""
    told: dict[Told, int] = {}

    def number(why: Why) -> int:
        entry = why.entry
        return told.setdefault(Told(entry.stamp, entry.time, entry.traceparent), len(told))

    records = [[*key, why.cause, number(why)] for key, why in left.records.items()]
    identifiers = [
        [*one, why.cause, number(why), left.lost[one]] for one, why in left.identifiers.items()
    ]
    why = (*left.records.values(), *left.identifiers.values())
    first = earliest(*({e.topic_partition: e.offset} for e in _entries(why)))
    said = {"records": records, "identifiers": identifiers, "entries": list(told)}
    said["first"] = [[*partition, offset] for partition, offset in first.items()]
    return json.dumps(said, ensure_ascii=False)


def read_left(text: str) -> Left:
    """What was kept."""
    said = json.loads(text)
    entries = [Told(*one) for one in said["entries"]]
    left = Left()
    for source, key, cause, number in said["records"]:
        left.records[RecordKey(source, key)] = Why(cause, entries[number])
    for kind, value, cause, number, lost in said["identifiers"]:
        left.identifiers[Identifier(kind, value)] = Why(cause, entries[number])
        left.lost[Identifier(kind, value)] = lost
    return left


def first_of(text: str) -> Mapping[Partition, int]:
    """Where the first of each partition is that asked for what was kept, as far as it was said."""
    said = json.loads(text).get("first", ())
    return {Partition(topic, number): offset for topic, number, offset in said}


def earliest(*held: Mapping[Partition, int]) -> dict[Partition, int]:
    """The first offset of each partition."""
    found: dict[Partition, int] = {}
    for one in held:
        for partition, offset in one.items():
            found[partition] = min(offset, found.get(partition, offset))
    return found


def _entries(why: Iterable[Why]) -> Iterable[Entry]:
    return (one.entry for one in why if isinstance(one.entry, Entry))


def together(begin: Iterable[RecordKey], groups: Iterable[Collection[RecordKey]]) -> set[RecordKey]:
    """Those with whom these are in a group, and with whom those are, and so on."""
    of: dict[RecordKey, list[Collection[RecordKey]]] = {}
    for group in groups:
        for key in group:
            of.setdefault(key, []).append(group)
    reached: set[RecordKey] = set()
    frontier = list(begin)
    while frontier:
        key = frontier.pop()
        if key not in reached:
            reached.add(key)
            frontier += [other for group in of.pop(key, ()) for other in group]
    return reached


def sharing(
    carried: Mapping[RecordKey, Collection[Identifier]],
) -> Iterable[Collection[RecordKey]]:
    """The records that share one of these identifiers, for each of these."""
    found: dict[Identifier, list[RecordKey]] = {}
    for key, identifiers in carried.items():
        for one in identifiers:
            found.setdefault(one, []).append(key)
    return found.values()
