"""How far consumer groups are behind the log."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from c360_kernel.errors import Transient
from c360_kernel.log.port import EventLog
from c360_kernel.metrics import CONSUMER_LAG
from c360_kernel.metrics.instruments import gauge_lines

_PATIENCE_S = 2.0
_MEANING = "Log entries that a consumer group has still to handle."
logger = logging.getLogger(__name__)


class Lags:
    """Measures groups when it is asked to. `groups` says which topics each reads.

    Belongs to the event loop that `log` belongs to.
    """

    def __init__(self, log: EventLog, groups: Mapping[str, Sequence[str]]) -> None:
        self._log = log
        self._groups = groups

    async def lines(self) -> Iterator[str]:
        """Samples by topic and group; none while the log does not answer."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                lags = await self._measured()
        except (Transient, TimeoutError):
            logger.warning("the log does not say how far its consumers are")
            lags = {}
        return gauge_lines(CONSUMER_LAG, _MEANING, ("topic", "group"), lags)

    async def _measured(self) -> dict[tuple[str, ...], float]:
        lags: Counter[tuple[str, ...]] = Counter()
        for group, topics in self._groups.items():
            committed = await self._log.committed(group)
            for partition, end in (await self._log.ends(topics)).items():
                lags[partition.topic, group] += max(0, end - committed.get(partition, 0))
        return dict(lags)
