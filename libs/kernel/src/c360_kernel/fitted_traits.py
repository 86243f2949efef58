"""Traits of a customer, or what an account comes to, beyond what an entry of the log may hold."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from c360_kernel.payload import MAX_PAYLOAD_BYTES
from c360_kernel.record import TraitValue

_BESIDE_BYTES = 20_000
"""What an entry says beside the traits: ids, version, names of traits that are left out."""
MOST_TRAIT_BYTES = MAX_PAYLOAD_BYTES - _BESIDE_BYTES
_VALUE_BYTES = 32
_ITEM_BYTES = 8
# A trait of a digit, the shortest there is, is a name, quotes and a colon beside that as JSON.
_SURELY = _VALUE_BYTES
"""No trait or item takes more bytes, for each byte that it is as JSON."""


def fitted(
    traits: Mapping[str, TraitValue], most: int = MOST_TRAIT_BYTES
) -> tuple[Mapping[str, TraitValue], tuple[str, ...]]:
    """The traits that fit into `most` bytes, and the names of those left out, sorted.

    The largest are left out, of equally large ones the first by name, each whole: a part of a
    list would say that the rest of it is not so.
    """
    if _SURELY * len(orjson.dumps(traits)) <= most:
        return traits, ()
    sizes = {name: _bytes(name, value) for name, value in traits.items()}
    total, left_out = sum(sizes.values()), set[str]()
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if total <= most:
            break
        total -= sizes[name]
        left_out.add(name)
    kept = {name: value for name, value in traits.items() if name not in left_out}
    return kept, tuple(sorted(left_out))


def _bytes(name: str, value: TraitValue) -> int:
    texts = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    held = sum(len(text.encode()) + _ITEM_BYTES for text in texts)
    return len(name.encode()) + held + _VALUE_BYTES
