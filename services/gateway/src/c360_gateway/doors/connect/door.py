"""Takes deliveries: is it of its source, is it known already? Then it is made durable.

Nothing is mapped here, and no store waited for: sources give up after seconds, and some for ever.
What a delivery says is found out by who runs the connector, from the log.
"""

from __future__ import annotations

from collections.abc import Callable

from c360_connectors.receiving.delivery import Delivery
from c360_connectors.receiving.receive import Receive, Reply
from c360_federation.caches import Lru
from c360_kernel.codec import encode
from c360_kernel.log.clock import LogClock
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import INBOX
from c360_kernel.payload import DeliveryReceived
from c360_kernel.stamp import stamp_ms

from c360_gateway.doors.connect.pressure import InboxPressure
from c360_gateway.doors.connect.receivers import Receivers

TYPE = "c360.delivery.received.v1"
_SOURCE = "c360/gateway"
_SEEN = 100_000


class ConnectDoor:
    """`now_ms` is the clock by which a delivery is too old."""

    def __init__(
        self,
        receivers: Receivers,
        log: EventLog,
        clock: LogClock,
        pressure: InboxPressure,
        now_ms: Callable[[], int],
    ) -> None:
        self._receivers = receivers
        self._log = log
        self._clock = clock
        self._pressure = pressure
        self._now_ms = now_ms
        self._seen: Lru[tuple[str, str], bool] = Lru(_SEEN)

    async def take(self, name: str, delivery: Delivery) -> Reply:
        """What the source is answered, once what it sent is durable.

        Raises `DeliveryRefused` for one that is not of it, `ConnectorInvalid`, `SettingsError`,
        `RateLimited`, and what the log does. One that is known costs the log nothing.
        """
        receiver = await self._receivers.named(name)
        receive, secrets = receiver
        receive.admit(delivery, secrets, self._now_ms())
        asked = receive.challenged(delivery, secrets)
        if asked is not None:
            return Reply("text/plain; charset=utf-8", asked)
        await self._made_durable(name, receive, delivery)
        return receive.answer

    async def _made_durable(self, name: str, receive: Receive, delivery: Delivery) -> None:
        known = (name, receive.name_of(delivery))
        if receive.says_the_same and self._seen.get(known):
            return
        await self._pressure.admit(name, len(delivery.body))
        await self._clock.ready()
        await self._log.append([self._entry(name, known[1], delivery.body)])
        self._seen.put(known, True)

    def _entry(self, name: str, delivery: str, body: bytes) -> NewEntry:
        stamp = self._clock.next()
        at = stamp_ms(stamp)
        return NewEntry(
            topic=INBOX,
            key=name,
            id=f"{INBOX}:{stamp}",
            type=TYPE,
            source=_SOURCE,
            subject=name,
            time=at,
            stamp=stamp,
            data=encode(DeliveryReceived(name, delivery, at, body)),
        )
