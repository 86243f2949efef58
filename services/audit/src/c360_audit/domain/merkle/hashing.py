"""Hashes of RFC 6962, section 2.1: leaves and nodes cannot be taken for each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import reduce

SIZE = 32
"""Bytes of a hash."""
EMPTY = hashlib.sha256().digest()
"""The root of no leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of equally high subtrees."""
    level = hashes
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def joined(subtrees: Iterable[bytes]) -> bytes:
    """The root over perfect subtrees beside each other, from the highest to the lowest."""
    hashes = list(subtrees)
    if not hashes:
        return EMPTY
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))
