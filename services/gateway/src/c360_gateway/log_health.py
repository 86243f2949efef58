"""Whether the log answers and takes entries."""

from __future__ import annotations

import contextlib

from c360_kernel.errors import C360Error
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT, TRUTH
from c360_kernel.single_flight import SingleFlight
from c360_kernel.subgraph.asgi import READY_WITHIN_S


class LogHealth:
    """Asks a log how it is, and waits no longer than whoever probes does."""

    def __init__(self, log: EventLog) -> None:
        # One that is cancelled connects anew, and would never have met every topic in time.
        self._log = log
        self._ends = SingleFlight(self._every_end, READY_WITHIN_S)
        self._identity = SingleFlight(log.identity, READY_WITHIN_S)
        self._heard = ""

    async def fault(self) -> str:
        """The code of what is wrong; empty when it answers for all that is truth.

        Codes are LOG_UNAVAILABLE, LOG_FULL, or what `EventLog.identity` says.
        """
        try:
            await self._ends.result()
        except TimeoutError:
            return "LOG_UNAVAILABLE"
        except C360Error as error:
            return error.code
        # To look at every topic, or for a lock that is held, may take longer than whoever asks
        # waits: till that is known, what was heard last holds.
        with contextlib.suppress(TimeoutError):
            self._heard = await self._identified()
        return self._heard

    async def _every_end(self) -> None:
        await self._log.ends([*TRUTH, AUDIT])

    async def _identified(self) -> str:
        try:
            await self._identity.result()
        except C360Error as error:
            return error.code
        return ""
