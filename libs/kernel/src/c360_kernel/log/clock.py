"""The stamps of a process that writes to a log: never below one that the log already holds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from typing_extensions import override

from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.port import EventLog
from c360_kernel.stamp import StampClock, is_stamp, stamp_ms, wall_clock_ms

CLOCK_BEHIND = "CLOCK_BEHIND"
_LOUD_S = 60.0
_logger = logging.getLogger(__name__)


class LogClock(StampClock):
    """Goes on above the highest stamp of a log, wherever the wall clock stands.

    A log whose last entries come from a clock that was ahead would otherwise outrank all that is
    written after it. `limit_s` is how far behind the log this clock may be: beyond, who is wrong
    has to be found out first.
    """

    def __init__(
        self, log: EventLog, limit_s: float, now_ms: Callable[[], int] = wall_clock_ms
    ) -> None:
        super().__init__(now_ms=now_ms)
        self._log = log
        self._limit_s = limit_s
        self._wall_ms = now_ms
        self.is_ready = False

    async def take_up(self) -> None:
        """Learn the log's highest stamp, once.

        Raises `SettingsError` (CLOCK_BEHIND), and what `EventLog.identity` does.
        """
        if self.is_ready:
            return
        stamp = (await self._log.identity()).stamp
        if is_stamp(stamp):
            self._refuse_behind(stamp)
            self.observe(stamp)
        self.is_ready = True

    @override
    async def ready(self) -> None:
        try:
            await self.take_up()
        except SettingsError as error:
            raise Transient(error.message, code=error.code) from error

    def _refuse_behind(self, stamp: str) -> None:
        behind_s = (stamp_ms(stamp) - self._wall_ms()) / 1000
        if behind_s < _LOUD_S:
            return
        there = _date(stamp_ms(stamp))
        behind = f"this clock is {behind_s:.0f} s behind the last entry of the log, of {there}"
        if behind_s > self._limit_s:
            raise SettingsError(
                f"{behind}: set the clock; if the log's is the one that was wrong, raise"
                " C360_CLOCK_BEHIND_S above that",
                code=CLOCK_BEHIND,
            )
        _logger.warning("%s: %s: what is written counts as later than that", CLOCK_BEHIND, behind)


def _date(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return "no year that there is"
