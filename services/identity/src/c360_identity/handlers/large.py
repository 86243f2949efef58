"""Tells operators of customers so large that each change of them is felt.

Each is most often many people who share one value: a rule was widened, or a placeholder is not
known. A customer is told of once, and again when it is twice as large. What the store holds is
counted now and then, since nothing that a customer grows by need say how large it is: a chain has
no value that many of its records carry, and is never solved as it grows.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping

from c360_kernel.errors import Transient
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.metrics import LARGE_CUSTOMERS, LARGE_CUSTOMERS_NOW, LARGEST_CUSTOMER
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Holding
from c360_identity.store.port import IdentityStore

LARGE = 10_000
"""A customer of so many records is told of."""
_REMEMBERED = 1_000
_EVERY_S = 30.0
_SHARE = 100
"""Counting takes one part in so many of the time, however much there is to count."""
_log = logging.getLogger(__name__)


class LargeCustomers:
    """Remembers whom it told of, and who was large when that was last counted."""

    def __init__(self, customer_id: CustomerIds) -> None:
        self._customer_id = customer_id
        self._told: OrderedDict[RecordKey, int] = OrderedDict()
        self._counted: Mapping[RecordKey, int] = {}

    def counted(self, sizes: Mapping[RecordKey, int]) -> None:
        """These are all that the store holds, by their seeds, and how many records each has."""
        self._counted = sizes
        LARGE_CUSTOMERS_NOW.value = len(sizes)
        LARGEST_CUSTOMER.value = max(sizes.values(), default=0)
        for seed, records in sizes.items():
            self._tell(seed, records)

    def touched(self, sizes: Mapping[RecordKey, int], joined: Collection[RecordKey]) -> None:
        """A batch touched these, of at least so many records; these seeds' customers grew by it."""
        counted = {seed: self._counted[seed] for seed in joined if seed in self._counted}
        for seed, records in {**counted, **sizes}.items():
            LARGE_CUSTOMERS.add()
            self._tell(seed, records)

    def _tell(self, seed: RecordKey, records: int) -> None:
        if records >= 2 * self._told.get(seed, 0):
            self._remember(seed, records)
            message = "customer %s has %d records or more; its evidence says what joins them"
            _log.warning(message, self._customer_id(seed), records)

    def _remember(self, seed: RecordKey, records: int) -> None:
        self._told[seed] = records
        self._told.move_to_end(seed)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)


class LargeCustomersWatch:
    """Counts what the store holds, for ever."""

    def __init__(self, open_store: Callable[[], IdentityStore], large: LargeCustomers) -> None:
        self._open_store = open_store
        self._large = large

    async def run(self) -> None:
        """Count, and again after a while. Raises what the store does, but for `Transient`."""
        store = self._open_store()
        try:
            while True:
                began = time.monotonic()
                try:
                    self._large.counted(await store.large(LARGE))
                except Transient as error:
                    # A server that takes too long is not asked again at once.
                    _log.warning("large customers were not counted: %s", error.code)
                await asyncio.sleep(max(_EVERY_S, _SHARE * (time.monotonic() - began)))
        finally:
            await store.close()


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
