"""One key that holds a key for every point, each of which can be destroyed by itself.

A puncturable pseudorandom function: the tree of Goldreich, Goldwasser and Micali (1986), punctured
as Boneh and Waters do (2013). What is kept are the roots of the trees that are left; the key of a
point follows from the root above it, and once the roots beside its way stand in the place of the
one above it, from nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

from c360_kernel.errors import SettingsError

DEPTH = 20
_BITS = 2
"""Four children to a node: one hash of 64 bytes gives a key of 16 bytes to each."""
POINT_BITS = DEPTH * _BITS
_SEED_BYTES = 16
_SECRET_BYTES = 32
_CHILDREN = 2**_BITS
_REMEMBERED_DEPTH = 6
_LINE = re.compile(r"([0-9]{1,2}) ([0-9]{1,13}) ([0-9a-f]{32})")
_SECRET = re.compile(rf"[0-9a-f]{{{2 * _SECRET_BYTES}}}")

Node = tuple[int, int]
"""How deep it is, and its place among those as deep."""


class PuncturedKey:
    """Immutable. A point is a number of `POINT_BITS` bits."""

    def __init__(self, roots: Mapping[Node, bytes]) -> None:
        self._roots = dict(roots)
        # All points share the upper part of their ways.
        self._upper: dict[int, tuple[int, bytes] | None] = {}

    @classmethod
    def new(cls) -> PuncturedKey:
        """A key that holds every point's."""
        return cls.of(secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def of(cls, secret: bytes) -> PuncturedKey:
        """The same of a secret that there is."""
        return cls({(0, 0): hashlib.blake2b(secret, digest_size=_SEED_BYTES).digest()})

    def at(self, point: int) -> bytes | None:
        """The key of a point, 16 bytes; None once it is destroyed."""
        place = point >> _BITS * (DEPTH - _REMEMBERED_DEPTH)
        if place not in self._upper:
            self._upper[place] = self._down(point, 0, None, _REMEMBERED_DEPTH)
        depth, seed = self._upper[place] or (_REMEMBERED_DEPTH, None)
        found = self._down(point, depth, seed, DEPTH)
        return None if found is None else found[1]

    def without(self, point: int) -> PuncturedKey:
        """The same for every other point."""
        roots = dict(self._roots)
        for depth in range(DEPTH + 1):
            seed = roots.pop(_node(point, depth), None)
            if seed is not None:
                roots |= _beside(point, depth, seed)
                return PuncturedKey(roots)
        return self

    def text(self) -> str:
        """As a file holds it: a line for each root."""
        lines = sorted((depth, place, seed.hex()) for (depth, place), seed in self._roots.items())
        return "".join(f"{depth} {place} {seed}\n" for depth, place, seed in lines)

    @classmethod
    def read(cls, text: str) -> PuncturedKey:
        """What `text` gave, or 64 hex digits. Raises `SettingsError` (KEY_FILE_INVALID)."""
        if _SECRET.fullmatch(text.strip()) is not None:
            return cls.of(bytes.fromhex(text.strip()))
        roots: dict[Node, bytes] = {}
        for line in text.splitlines():
            match = _LINE.fullmatch(line)
            if (
                match is None
                or int(match[1]) > DEPTH
                or int(match[2]) >= _CHILDREN ** int(match[1])
            ):
                raise SettingsError("no roots of a tree of keys", code="KEY_FILE_INVALID")
            roots[int(match[1]), int(match[2])] = bytes.fromhex(match[3])
        if not roots:
            raise SettingsError("no roots of a tree of keys", code="KEY_FILE_INVALID")
        return cls(roots)

    def _down(
        self, point: int, depth: int, seed: bytes | None, to: int
    ) -> tuple[int, bytes] | None:
        """The seed at a depth on the way to a point, where a root is met at all so far."""
        for below in range(depth, to + 1):
            seed = self._roots.get(_node(point, below), seed)
            if seed is not None and below < to:
                seed = _child(seed, _branch(point, below))
        return None if seed is None else (to, seed)


def _node(point: int, depth: int) -> Node:
    return depth, point >> _BITS * (DEPTH - depth)


def _branch(point: int, depth: int) -> int:
    """Which child of the node at a depth leads to a point."""
    return point >> _BITS * (DEPTH - depth - 1) & _CHILDREN - 1


def _child(seed: bytes, branch: int) -> bytes:
    children = hashlib.blake2b(key=seed, person=b"c360-tree").digest()
    return children[branch * _SEED_BYTES : (branch + 1) * _SEED_BYTES]


def _beside(point: int, depth: int, seed: bytes) -> Mapping[Node, bytes]:
    """The roots of all that is below a node, but for one point."""
    found: dict[Node, bytes] = {}
    for below in range(depth, DEPTH):
        taken = _branch(point, below)
        first = _node(point, below)[1] * _CHILDREN
        for branch in range(_CHILDREN):
            if branch != taken:
                found[below + 1, first + branch] = _child(seed, branch)
        seed = _child(seed, taken)
    return found
