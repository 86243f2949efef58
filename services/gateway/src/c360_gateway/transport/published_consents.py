"""Who consents, as the log tells it: read on before each answer, so that nobody is asked for it.

Memory holds a purpose or two for each customer who answered any. A gateway that has just started,
and one that cannot read the log now, asks the service until it has caught up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from logging import getLogger

from c360_kernel.codec import decode
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import CONSENT_STATES
from c360_kernel.payload import ConsentStatesChanged
from c360_kernel.version import Version
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.transport.consent_states import ConsentStates, Owner

_GRANTED = "granted"
_BATCH = 1_000
_BATCHES_A_REQUEST = 4
_log = getLogger(__name__)


class PublishedConsents:
    """What the topic says of each customer, as far as it was read."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._reached: dict[Partition, int] = {}
        self._states: dict[str, tuple[Version, frozenset[str]]] = {}
        self._reading = asyncio.Lock()

    def grants(self, customer: str, purpose: str) -> bool:
        """Whether a customer consents; nobody does of whom nothing was told."""
        state = self._states.get(customer)
        return state is not None and purpose in state[1]

    async def read_on(self) -> bool:
        """Read what came since; whether that was all."""
        async with self._reading:
            try:
                return await self._read_on()
            except (Transient, Invalid) as error:
                _log.warning("consents cannot be read from the log now: %s", error.code)
                return False

    async def _read_on(self) -> bool:
        left = _BATCHES_A_REQUEST
        for partition, end in (await self._log.ends([CONSENT_STATES])).items():
            if end < self._reached.get(partition, 0):
                # Another log, or an older one: what was told there may never have been.
                self._reached, self._states = {}, {}
                return False
            while self._reached.get(partition, 0) < end:
                if not left:
                    return False
                left -= 1
                await self._take(partition, end)
        return True

    async def _take(self, partition: Partition, end: int) -> None:
        entries = await self._log.read(partition, self._reached.get(partition, 0), _BATCH)
        self._keep(entries)
        self._reached[partition] = entries[-1].offset + 1 if entries else end

    def _keep(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            change: ConsentStatesChanged = decode(entry.topic, entry.data)
            held = self._states.get(change.customer)
            if held is None or held[0] <= change.version:
                granted = (name for name, status in change.states.items() if status == _GRANTED)
                self._states[change.customer] = change.version, frozenset(granted)


class LoggedConsentStates(ConsentStates):
    """Customers by the log; records, whose customer is not told there, by asking."""

    def __init__(self, published: PublishedConsents, service: ConsentStates) -> None:
        self._published = published
        self._service = service

    @override
    async def granted(
        self, owners: Collection[Owner], context: OperationContext
    ) -> frozenset[Owner]:
        purpose = context.caller.purpose
        if not owners or not purpose:
            return frozenset()
        if not await self._published.read_on():
            return await self._service.granted(owners, context)
        records = [one for one in owners if one.source]
        found = {
            one for one in owners if not one.source and self._published.grants(one.key, purpose)
        }
        if records:
            found |= await self._service.granted(records, context)
        return frozenset(found)
