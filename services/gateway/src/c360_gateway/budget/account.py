"""What one principal takes of this process: requests, bytes, turns at once, and time.

Time is what counts most: one request may cost as much as a thousand others. It is measured, not
estimated: the processor time of each step that kept everybody else from going on for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property

from c360_federation.errors import SUBSCRIPTION_LIMIT, RequestRefused, entry
from c360_federation.places import Places

from c360_gateway.budget.bucket import Bucket
from c360_gateway.budget.holding import HoldingBack
from c360_gateway.budget.rate_limited import RateLimited

# A step that is shorter holds nobody up, and callers whose steps are all short are never slowed.
SHORT_S = 0.002
# Long steps that a caller may make in a row before it has to wait for its share. With less than
# half of it left its requests run one at a time: what they take is known before the next begins.
_BURST_S = 0.25
# What is refused costs its sender more than what is answered: it is cheap to send and never cached.
_REFUSED_COSTS = 5
# Who asks on although it was told to wait gets its answers later, so many at a time.
_HOLD_S = 0.25
_HELD_BACK = 256


@dataclass(frozen=True, slots=True)
class Terms:
    """What each principal gets; times in seconds.

    `concurrent` requests run at a time; up to `queue` more wait for at most `wait_s`. So many
    `subscriptions` and so many WebSockets may be open.
    """

    requests_per_s: float = 3_500
    bytes_per_s: float = 10_000_000
    concurrent: int = 32
    queue: int = 500
    wait_s: float = 5.0
    subscriptions: int = 250


class Account:
    """The account of one principal. `share` tells which part of the time it may have now."""

    def __init__(self, terms: Terms, share: Callable[[], float]) -> None:
        self._terms = terms
        self._share = share
        self._requests = Bucket(terms.requests_per_s, 2 * terms.requests_per_s)
        self._bytes = Bucket(terms.bytes_per_s, 10 * terms.bytes_per_s)
        self._time: Bucket | None = None
        self._places = Places(terms.concurrent)
        self._waiting = 0
        self._holding = HoldingBack(_HELD_BACK, _HOLD_S)
        self._sockets = 0
        self._subscriptions = 0
        self.seen_s = 0.0

    def request(self) -> None:
        """Count a request; raises `RateLimited`."""
        if self._requests.left < 0 or self._bytes.left < 0:
            self._refuse_until_paid()
        self._requests.spend(1)

    def _refuse_until_paid(self) -> None:
        wait_s = max(self._requests.wait_s(), self._bytes.wait_s())
        if wait_s > 0:
            raise RateLimited("this principal sends too much", wait_s)

    def requests_left(self) -> tuple[float, float]:
        """How many requests it may send at once when it sent none, and how many it may now."""
        return 2 * self._terms.requests_per_s, max(0.0, self._requests.level)

    def refused(self) -> None:
        """Count a request, which was counted as any other, as one that was refused."""
        self._requests.spend(_REFUSED_COSTS - 1)

    async def hold_back(self) -> None:
        """Let somebody who was told to wait have the answer a little later."""
        await self._holding.hold()

    def sent(self, count: int) -> None:
        """Count bytes that came with its requests."""
        self._bytes.spend(count)

    def worked(self, seconds: float) -> None:
        """Count a step of the event loop, or work of a thread, for this principal."""
        if seconds > SHORT_S:
            if self._time is None:
                self._time = Bucket(1.0, _BURST_S)
            else:
                self._time.per_s = self._share()
            self._time.spend(seconds)

    def turn(self) -> Turn:
        """A block that it may run now; waits for its turn, raises `RateLimited` if that is long.

        Who takes more than its share of the time runs one at a time, and pauses in between.
        """
        return Turn(self)

    def take_place(self) -> Callable[[], None] | None:
        """Take a place if nothing is to be waited for; what gives it back is answered."""
        if self._is_short_of_time or not self._places.take_now():
            return None
        return self._places.give_back

    async def await_place(self) -> Callable[[], None]:
        """Wait for a place; what gives back all that was taken is answered."""
        with ExitStack() as held:
            await self._wait(held)
            return held.pop_all().close

    @asynccontextmanager
    async def large_body(self) -> AsyncGenerator[None]:
        """A block that makes out a large body: one at a time, each paid for before the next.

        Raises `RateLimited` where that takes too long.
        """
        async with AsyncExitStack() as held:
            async with self._patience():
                await held.enter_async_context(self._large)
                await _slept(self._pause_s)
            yield

    @contextmanager
    def socket(self) -> Generator[None]:
        """A block in which a WebSocket of it is open; raises `RateLimited` for one too many."""
        if self._sockets >= self._terms.subscriptions:
            raise RateLimited("this principal has too many sockets open", self._terms.wait_s)
        self._sockets += 1
        try:
            yield
        finally:
            self._sockets -= 1

    @contextmanager
    def subscription(self) -> Generator[None]:
        """A block in which a subscription of it is open; raises `RequestRefused`."""
        if self._subscriptions >= self._terms.subscriptions:
            message = (
                f"Nobody may have more than {self._terms.subscriptions} subscriptions open here"
            )
            raise RequestRefused([entry(SUBSCRIPTION_LIMIT, message)])
        self._subscriptions += 1
        try:
            yield
        finally:
            self._subscriptions -= 1

    async def pace(self) -> None:
        """Wait as long as it has sent too much or taken too much of the time."""
        await _slept(lambda: max(self._bytes.wait_s(), self._pause_s()))

    async def _wait(self, held: ExitStack) -> None:
        if self._waiting >= self._terms.queue:
            raise RateLimited("this principal has too many requests waiting", self._pause_s())
        self._waiting += 1
        try:
            async with self._patience():
                await self._places.take()
                held.callback(self._places.give_back)
                if self._is_short_of_time:
                    await self._one_by_one.acquire()
                    held.callback(self._one_by_one.release)
                await _slept(self._pause_s)
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _patience(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(self._terms.wait_s):
                yield
        except TimeoutError:
            message = "this principal takes more than its share of the time"
            raise RateLimited(message, self._pause_s()) from None

    @property
    def _is_short_of_time(self) -> bool:
        return self._time is not None and not self._time.holds(_BURST_S / 2)

    # Few accounts ever need them.

    @cached_property
    def _one_by_one(self) -> asyncio.Lock:
        return asyncio.Lock()

    @cached_property
    def _large(self) -> asyncio.Lock:
        return asyncio.Lock()

    def _pause_s(self) -> float:
        if self._time is None or self._time.is_full:
            return 0.0
        self._time.per_s = self._share()
        return self._time.wait_s()


class Turn:
    """One turn of an account, over once its work is done and only the answer is still to be sent.

    Every request has one, and almost none has to wait for it.
    """

    __slots__ = ("_account", "_give_back", "has_ended")

    def __init__(self, account: Account) -> None:
        self._account = account
        self._give_back: Callable[[], None] | None = None
        self.has_ended = False

    def begin_now(self) -> bool:
        """Begin, if nothing is to be waited for."""
        self._give_back = self._account.take_place()
        return self._give_back is not None

    async def __aenter__(self) -> Turn:
        """Wait for it."""
        if not self.begin_now():
            self._give_back = await self._account.await_place()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it, whatever happened."""
        self.end()

    def end(self) -> None:
        """Let the next one begin, unless that was done already."""
        self.has_ended = True
        if self._give_back is not None:
            give_back, self._give_back = self._give_back, None
            give_back()


async def _slept(pause_s: Callable[[], float]) -> None:
    """Sleep until nothing is left to sleep: how long that is may change meanwhile."""
    pause = pause_s()
    while pause > 0:
        await asyncio.sleep(pause)
        pause = pause_s()
