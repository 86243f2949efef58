"""The accounts of all principals that were here lately, and those of strangers by address."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import partial
from ipaddress import IPv6Address, ip_address
from itertools import islice

from c360_federation.caches import Lru

from c360_gateway.auth.principal import Principal
from c360_gateway.budget.account import Account, Terms
from c360_gateway.budget.bucket import Bucket
from c360_gateway.budget.holding import HoldingBack
from c360_gateway.budget.rate_limited import RateLimited

_KEPT = 10_000
_LATELY_S = 2.0
_MOST_COUNTED = 20
_HELD_BACK = 256
_HOLD_S = 1.0


class Accounts:
    """One account for each principal (issuer and subject); those used longest ago are forgotten."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._accounts: OrderedDict[tuple[str, str], Account] = OrderedDict()

    def of(self, principal: Principal) -> Account:
        """Its account, which counts as being here."""
        key = (principal.issuer, principal.subject)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account(self._terms, self._share)
            if len(self._accounts) > _KEPT:
                self._accounts.popitem(last=False)
        self._accounts.move_to_end(key)
        account.seen_s = time.monotonic()
        return account

    def _share(self) -> float:
        """An equal part of the time for everybody who was here lately."""
        since = time.monotonic() - _LATELY_S
        newest = islice(reversed(self._accounts.values()), _MOST_COUNTED)
        return 1 / max(1, sum(account.seen_s >= since for account in newest))


class Strangers:
    """Slows those who come without a token that is accepted, by address."""

    def __init__(self, per_s: float) -> None:
        self._new = partial(Bucket, per_s, 2 * per_s)
        self._buckets: Lru[str, Bucket] = Lru(_KEPT)
        self._holding = HoldingBack(_HELD_BACK, _HOLD_S)

    async def turned_away(self, address: str) -> None:
        """Count it; raises `RateLimited`, after a pause, for one too many from this address."""
        name = network_of(address)
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets.put(name, self._new())
        if (wait_s := bucket.wait_s()) <= 0:
            bucket.spend(1)
            return
        await self._holding.hold()
        raise RateLimited("too many requests without a token that is accepted", wait_s)


def network_of(address: str) -> str:
    """Names those who share an address: who has one of IPv6 has 2^64 of them."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(int(known) >> 64) if isinstance(known, IPv6Address) else address
