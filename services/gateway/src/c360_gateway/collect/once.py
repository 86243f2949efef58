"""A call that comes again under its key is answered as it was, and not taken again.

The memory is this process's own, and bounded: what it forgets, and what comes to another gateway,
is taken once more, and recognised item by item by the services.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from c360_kernel.errors import Invalid

from c360_gateway.collect.items import ItemResult

WINDOW_S = 3_600
"""How long an answer is kept after it was given."""
MOST_ITEMS = 20_000
"""Of how many items answers are kept; the oldest go first."""
ITEM_BYTES = 1_024
"""Of JSON: a larger item counts as several, since its answer holds what it said."""
LONGEST_KEY = 255
_DIGEST_BYTES = 16

Results = Sequence[ItemResult]


class CallKey(NamedTuple):
    """Whose call it is, of which mutation, and the key that its sender gave it."""

    issuer: str
    subject: str
    operation: str
    key: str


@dataclass(slots=True)
class _Call:
    content: bytes
    answer: asyncio.Future[Results | None]
    items: int
    ends_at: float = 0.0


class AnsweredCalls:
    """The calls that were answered last, each by its key. `now` is in seconds, and only grows."""

    def __init__(
        self,
        most_items: int = MOST_ITEMS,
        window_s: float = WINDOW_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most_items
        self._window_s = window_s
        self._now = now
        self._calls: OrderedDict[CallKey, _Call] = OrderedDict()
        self._items = 0

    async def once(
        self, key: CallKey, items: Sequence[object], take: Callable[[], Awaitable[Results]]
    ) -> Results:
        """What `take` answers, or answered when this call came first; it is waited for.

        Raises `Invalid` (IDEMPOTENCY_KEY_INVALID, and IDEMPOTENCY_KEY_REUSED for other items under
        a key that is known), and what `take` does: then nothing is remembered.
        """
        _check(key.key)
        text = _text(items)
        content = blake2b(text, digest_size=_DIGEST_BYTES).digest()
        self._forget()
        while (known := self._calls.get(key)) is not None:
            if known.content != content:
                raise Invalid("this key is of other items", code="IDEMPOTENCY_KEY_REUSED")
            results = await asyncio.shield(known.answer)
            if results is not None:
                return results
        weight = 1 + max(len(items), len(text) // ITEM_BYTES)
        return await self._first(key, _Call(content, _future(), weight), take)

    async def _first(
        self, key: CallKey, call: _Call, take: Callable[[], Awaitable[Results]]
    ) -> Results:
        self._calls[key] = call
        self._items += call.items
        try:
            results = await take()
        except BaseException:
            self._drop(key)
            self._end(call, None)
            raise
        self._end(call, results)
        return results

    def _end(self, call: _Call, results: Results | None) -> None:
        call.ends_at = self._now() + self._window_s
        call.answer.set_result(results)

    def _forget(self) -> None:
        """Drop what is over, and the oldest while there are too many."""
        while self._calls:
            key, oldest = next(iter(self._calls.items()))
            if not oldest.answer.done():
                return
            if oldest.ends_at > self._now() and self._items <= self._most:
                return
            self._drop(key)

    def _drop(self, key: CallKey) -> None:
        self._items -= self._calls.pop(key).items


def _future() -> asyncio.Future[Results | None]:
    return asyncio.get_running_loop().create_future()


def _check(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        message = f"idempotencyKey has 1 to {LONGEST_KEY} characters"
        raise Invalid(message, code="IDEMPOTENCY_KEY_INVALID")


def _text(items: Sequence[object]) -> bytes:
    return json.dumps(items, sort_keys=True, default=str).encode()
