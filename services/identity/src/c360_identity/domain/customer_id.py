"""Customer ids: a keyed hash of the seed, so that an id reveals nothing and comes back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from c360_kernel.record import RecordKey

_DIGEST_BYTES = 15

CustomerIds = Callable[[RecordKey], str]
"""The id of the customer whose seed a record is."""


def customer_ids(instance_key: bytes) -> CustomerIds:
    """Ids under an instance's key (at most 64 bytes): `c` and 24 characters of base32."""
    keyed = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=instance_key)

    def customer_id(seed: RecordKey) -> str:
        digest = keyed.copy()
        digest.update(f"{seed.source}/{seed.key}".encode())
        return "c" + base64.b32encode(digest.digest()).decode().lower()

    return customer_id
