"""Refused tokens in the log: why, and never what they hold."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from logging import getLogger

from c360_gateway.auth.errors import Reason

_PAUSE_S = 1.0
_log = getLogger(__name__)


class RefusalLog:
    """A line for each reason, at most one a second: whoever sends rubbish does not fill a disk."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._logged_at: dict[Reason, float] = {}
        self._since: Counter[Reason] = Counter()

    def note(self, reason: Reason) -> None:
        """A token was refused for this reason."""
        now = self._now_s()
        self._since[reason] += 1
        if now - self._logged_at.get(reason, -_PAUSE_S) >= _PAUSE_S:
            _log.warning("token refused: %s, %s since the last line", reason, self._since[reason])
            self._logged_at[reason] = now
            del self._since[reason]
