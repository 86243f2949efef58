"""What has to be read, and how it is put together, to prove something of a tree.

Proofs are those of RFC 6962, sections 2.1.1 and 2.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_audit.domain.merkle.hashing import joined
from c360_audit.domain.merkle.tiles import Node, TileName, nodes_of

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """A proof before its tiles are read: each hash of it is over these subtrees."""

    hashes: Sequence[Sequence[Node]]

    @property
    def tiles(self) -> frozenset[TileName]:
        """What has to be read."""
        return frozenset(node.tile for nodes in self.hashes for node in nodes)

    def proof(self, tiles: Mapping[TileName, bytes]) -> Sequence[bytes]:
        """The hashes of the proof. Raises `KeyError` for a tile that is missing."""
        return [joined(node.read(tiles) for node in nodes) for nodes in self.hashes]


def root_plan(size: int) -> ProofPlan:
    """What the root of the first `size` leaves is put together from."""
    return ProofPlan([nodes_of(0, size)])


def inclusion_plan(index: int, size: int) -> ProofPlan:
    """That a leaf is in the tree of the first `size` leaves. Raises `ValueError`."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    low, high, beside = 0, size, list[_Span]()
    while high - low > 1:
        middle = low + _left(high - low)
        if index < middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    return _plan(reversed(beside))


def consistency_plan(before: int, size: int) -> ProofPlan:
    """That the first `before` leaves are a beginning of the first `size`. Raises `ValueError`."""
    if not 0 <= before <= size:
        raise ValueError(f"a tree of {before} is no beginning of one of {size}")
    if before in (0, size):
        return ProofPlan([])
    low, high, beside = 0, size, list[_Span]()
    while high != before:
        middle = low + _left(high - low)
        if before <= middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    if low:
        beside.append((low, high))
    return _plan(reversed(beside))


def _plan(spans: Iterable[_Span]) -> ProofPlan:
    return ProofPlan([nodes_of(*span) for span in spans])


def _left(count: int) -> int:
    """The greatest power of two below a count of at least two."""
    return 1 << ((count - 1).bit_length() - 1)
