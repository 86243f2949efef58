"""The tree as it is kept: tiles of sixteen hashes, so that a proof reads few of them.

Tile `i` of level `n` holds nodes `16 * i` and following, each over `16 ** n` leaves. Nodes
between these heights are hashed from a tile when they are asked for. Only the last tile of a level
grows; one that is full gives the next level its root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_audit.domain.merkle.hashing import SIZE, joined, perfect_root

HEIGHT = 4
WIDTH = 1 << HEIGHT
_BYTES = WIDTH * SIZE


class TileName(NamedTuple):
    """Where a tile stands."""

    level: int
    number: int


class Node(NamedTuple):
    """A perfect subtree: which one, from 0, of those over `2 ** height` leaves."""

    height: int
    number: int

    @property
    def tile(self) -> TileName:
        """The tile that it is hashed from."""
        level, within = divmod(self.height, HEIGHT)
        return TileName(level, (self.number << within) // WIDTH)

    def read(self, tiles: Mapping[TileName, bytes]) -> bytes:
        """Its hash. Raises `KeyError` for a tile that is not there or too short."""
        within = self.height % HEIGHT
        tile = tiles[self.tile]
        first = ((self.number << within) % WIDTH) * SIZE
        held = tile[first : first + (SIZE << within)]
        if len(held) != SIZE << within:
            raise KeyError(self.tile)
        return perfect_root(split(held))


def split(tile: bytes) -> Sequence[bytes]:
    """The hashes of a tile."""
    return [tile[at : at + SIZE] for at in range(0, len(tile), SIZE)]


def nodes_of(start: int, end: int) -> Sequence[Node]:
    """The perfect subtrees that leaves from `start` until before `end` are, the highest first.

    `start` is a multiple of a power of two that is not below `end - start`, or 0.
    """
    nodes: list[Node] = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
    return nodes


def edge_of(size: int) -> Sequence[TileName]:
    """The tiles at the right edge of a tree that are not full."""
    names: list[TileName] = []
    level = 0
    while size >> (HEIGHT * level):
        nodes = size >> (HEIGHT * level)
        if nodes % WIDTH:
            names.append(TileName(level, nodes // WIDTH))
        level += 1
    return names


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree after it has grown: its size and root, and the tiles that are new or longer."""

    size: int
    root: bytes
    tiles: Mapping[TileName, bytes]


class Edge:
    """The right edge of a tree of `size` leaves: all that growing it needs.

    `tiles` has those that `edge_of` names, perhaps longer than the size asks for. Raises
    `KeyError` when one of them is missing or too short.
    """

    def __init__(self, size: int, tiles: Mapping[TileName, bytes]) -> None:
        self.size = size
        self._levels: dict[int, bytearray] = {}
        self._changed: dict[TileName, bytes] = {}
        for name in edge_of(size):
            count = (size >> (HEIGHT * name.level)) % WIDTH
            held = tiles[name][: count * SIZE]
            if len(held) != count * SIZE:
                raise KeyError(name)
            self._levels[name.level] = bytearray(held)

    def grown(self, leaves: Iterable[bytes]) -> Growth:
        """Append the hashes of leaves, in order."""
        for leaf in leaves:
            self._put(leaf)
        for level, hashes in self._levels.items():
            if hashes:
                self._changed[self._name(level)] = bytes(hashes)
        changed, self._changed = self._changed, {}
        return Growth(self.size, self.root(), changed)

    def copy(self) -> Edge:
        """The same edge, to grow in another way."""
        made = Edge(0, {})
        made.size = self.size
        made._levels = {level: bytearray(held) for level, held in self._levels.items()}
        return made

    @property
    def tiles(self) -> Mapping[TileName, bytes]:
        """Those that `edge_of` names."""
        return {self._name(level): bytes(held) for level, held in self._levels.items() if held}

    def root(self) -> bytes:
        """The root over all leaves."""
        return joined(
            perfect_root(split(bytes(part)))
            for level in sorted(self._levels, reverse=True)
            for part in _powers(self._levels[level])
        )

    def _put(self, leaf: bytes) -> None:
        level, node = 0, leaf
        self.size += 1
        while True:
            hashes = self._levels.setdefault(level, bytearray())
            hashes += node
            if len(hashes) < _BYTES:
                return
            # The tree has grown already: the full tile is the one before the edge.
            full = (self.size >> (HEIGHT * (level + 1))) - 1
            self._changed[TileName(level, full)] = bytes(hashes)
            node = perfect_root(split(bytes(hashes)))
            hashes.clear()
            level += 1

    def _name(self, level: int) -> TileName:
        return TileName(level, self.size >> (HEIGHT * (level + 1)))


def _powers(hashes: bytearray) -> Iterable[bytearray]:
    """Parts of a tile that is not full: the greatest power of two of its hashes, and so on."""
    at, count = 0, len(hashes) // SIZE
    while count:
        part = 1 << (count.bit_length() - 1)
        yield hashes[at : at + part * SIZE]
        at, count = at + part * SIZE, count - part
