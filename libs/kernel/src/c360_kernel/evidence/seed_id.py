"""Customer ids: a keyed hash of the seed, so that an id reveals nothing and comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

from c360_kernel.record import RecordKey

_DIGEST_BYTES = 15
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
# The standard library's base32 takes three times as long as the hash itself.
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)
_SHIFTS = tuple(range(8 * _DIGEST_BYTES - 10, -1, -10))
_REMEMBERED = 65_536

CustomerIds = Callable[[RecordKey], str]
"""The id of the customer whose seed a record is."""


def customer_ids(instance_key: bytes) -> CustomerIds:
    """Ids under an instance's key (at most 64 bytes): `c` and 24 characters of base32."""
    keyed = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=instance_key)

    @lru_cache(_REMEMBERED)
    def customer_id(seed: RecordKey) -> str:
        digest = keyed.copy()
        digest.update(f"{seed.source}/{seed.key}".encode())
        number = int.from_bytes(digest.digest(), "big")
        return "c" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])

    return customer_id
