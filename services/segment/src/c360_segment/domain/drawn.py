"""A share of everybody that is drawn by lot: the same customers on every machine, in every replay.

A customer is drawn by its id, which it keeps through merges; of two that become one the id that
stays says. After the random buckets of feature flags.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

_SPAN = 2**64
_BYTES = 8
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Draw:
    """`percent` of all customers. Another `of` draws others, of the same one a greater share
    holds a smaller one."""

    percent: float
    of: str

    def draws(self, customer: str) -> bool:
        """Whether a customer is among them: its keyed hash (BLAKE2b, RFC 7693) is small enough."""
        key = hashlib.sha256(self.of.encode()).digest()[:_KEY_BYTES]
        found = hashlib.blake2b(customer.encode(), digest_size=_BYTES, key=key).digest()
        return int.from_bytes(found) < Fraction(self.percent) * _SPAN / 100
