"""What scored matching keeps in the store of identity: values compared, blocks, pairs alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from c360_kernel.evidence.model import Pair
from c360_kernel.record import RecordKey


class Match(NamedTuple):
    """How alike two records are, in bits; `accepted` pairs are evidence, others are for review."""

    bits: float
    accepted: bool


class Placed(NamedTuple):
    """The values of a record that are compared, as text, and the blocks it entered and left."""

    said: str
    entered: frozenset[int]
    left: frozenset[int]


@dataclass(frozen=True, slots=True)
class MatchingChanges:
    """What to write: records placed anew, and pairs as they are now (None: no longer alike)."""

    placed: Mapping[RecordKey, Placed] = field(default_factory=dict[RecordKey, Placed])
    matches: Mapping[Pair, Match | None] = field(default_factory=dict[Pair, "Match | None"])


class MatchingReader(Protocol):
    """Reads that the handler and reviews share."""

    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        """The values of records that are compared; of those that say something."""
        ...

    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        """All pairs that one of these records is in."""
        ...


class Doubtful(NamedTuple):
    """A pair that is not alike enough to be evidence; `since` when both were known, a stamp."""

    pair: Pair
    since: str
    bits: float


class MatchingDirectory(MatchingReader, Protocol):
    """Reads that only the subgraph needs."""

    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        """The pairs that are no evidence, of `since` or later, in the order of (since, pair),
        without the first `skip`; `limit` at most."""
        ...


def evidence_of(matches: Mapping[Pair, Match]) -> Mapping[Pair, float]:
    """Those of these pairs that are evidence, and the bits of each."""
    return {pair: one.bits for pair, one in matches.items() if one.accepted}


class Blocks(NamedTuple):
    """Who is in blocks (None of a block of too many), and the values of each that is compared."""

    members: Mapping[int, Sequence[RecordKey] | None]
    said: Mapping[RecordKey, str]


class MatchingGraph(MatchingReader, Protocol):
    """Beside `IdentityGraph`, in the same unit of work. Its reads see its writes."""

    async def evidence_about(self, records: Collection[RecordKey]) -> Mapping[Pair, float]:
        """The pairs that one of these records is in and that are evidence, and the bits of each."""
        ...

    async def blocks(self, most: Mapping[int, int]) -> Blocks:
        """Those of these blocks that hold anybody; None of one that holds as many as is said beside
        it, or more."""
        ...

    async def keep_matching(self, changes: MatchingChanges) -> None:
        """Write it; the records are kept already."""
        ...


def by_limit(most: Mapping[int, int]) -> Mapping[int, Collection[int]]:
    """Blocks by how many records of each are read: a statement has one limit, and few differ."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for block, limit in most.items():
        found[limit].append(block)
    return found
