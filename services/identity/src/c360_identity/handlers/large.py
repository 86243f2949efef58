"""Tells operators of customers so large that each change of them is felt.

Each is most often many people who share one value: a rule was widened, or a placeholder is not
known. A customer is told of once, and again when it is twice as large.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.metrics import LARGE_CUSTOMERS
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Holding

LARGE = 10_000
"""A customer of so many records is told of."""
_REMEMBERED = 1_000
_log = logging.getLogger(__name__)


class LargeCustomers:
    """Remembers whom it told of."""

    def __init__(self, customer_id: CustomerIds) -> None:
        self._customer_id = customer_id
        self._known: OrderedDict[RecordKey, int] = OrderedDict()

    def tell(self, sizes: Mapping[RecordKey, int]) -> None:
        """Tell of these, by their seeds; `sizes` are how many records each has at least."""
        for seed, records in sizes.items():
            LARGE_CUSTOMERS.add()
            if records >= 2 * self._known.get(seed, 0):
                self._remember(seed, records)
                message = "customer %s has %d records or more; its evidence says what joins them"
                _log.warning(message, self._customer_id(seed), records)

    def _remember(self, seed: RecordKey, records: int) -> None:
        self._known[seed] = records
        self._known.move_to_end(seed)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def large_by_members(seeds: Collection[RecordKey]) -> Mapping[RecordKey, int]:
    """The large customers of records, each named by the seed of its customer."""
    if len(seeds) < LARGE:
        return {}
    return {seed: records for seed, records in Counter(seeds).items() if records >= LARGE}


def large_by_holders(
    held: Mapping[Identifier, Holding], holders: Mapping[Identifier, int]
) -> Mapping[RecordKey, int]:
    """The customers who hold what is on so many records: each has nearly as many."""
    many = ((held[identifier].customer, n) for identifier, n in holders.items() if n >= LARGE)
    return {customer.seed: n for customer, n in many if customer is not None}
