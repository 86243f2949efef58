"""Telling that a server is away: once, more and more rarely while it stays away, and when it ends.

Something that is tried again every second would otherwise fill a log for as long as it lasts.
"""

from __future__ import annotations

import logging
import re
import time
import weakref
from collections.abc import Callable, Mapping

from c360_kernel.errors import C360Error

_LONGEST_S = 600.0
_FIRST_S = 10.0
_LOG_CODES = "LOG_"
_SHOWN = ("STORE_", _LOG_CODES)
_outages: weakref.WeakSet[Outage] = weakref.WeakSet()
_logger = logging.getLogger(__name__)


class Outage:
    """What one projection waits for. `store` and `log` are addresses, empty for embedded ones."""

    def __init__(
        self,
        who: str,
        store: str = "",
        log: str = "",
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._who = who
        self._store = store
        self._log = log
        self._now_s = now_s
        self._code = ""
        self._began_s = 0.0
        self._next_s = 0.0
        _outages.add(self)

    def seen(self, error: C360Error) -> None:
        """It failed again. Told at first, at another code, and each time the wait has doubled."""
        now = self._now_s()
        if error.code != self._code:
            self._began_s = now if not self._code else self._began_s
            self._code, self._next_s = error.code, now
        if now >= self._next_s:
            waited = now - self._began_s
            self._next_s = now + min(max(waited, _FIRST_S), _LONGEST_S)
            _logger.warning("%s waits for %s: %s", self._who, self._what(), self._code)

    def over(self) -> None:
        """It succeeded."""
        if self._code:
            waited = self._now_s() - self._began_s
            _logger.info("%s goes on after %.0f s", self._who, waited)
            self._code = ""

    @property
    def now(self) -> tuple[str, str]:
        """Who waits, and the code of what for; empty when nothing is waited for."""
        return self._who, self._code

    def _what(self) -> str:
        is_log = self._code.startswith(_LOG_CODES)
        address = self._log if is_log else self._store
        return f"{'the log' if is_log else 'its store'}{address and f' at {address}'}"


def waiting() -> Mapping[str, str]:
    """Which projections of this process wait for a store or the log now, and by which code."""
    # Of one name there may be several: a worker that a changed catalog replaced lingers on.
    outages = [outage.now for outage in list(_outages)]
    return {who: code for who, code in outages if code.startswith(_SHOWN)}


def address_of(url: str | None) -> str:
    """`host:port[,host:port…]` of a server's URL, nothing else of it; empty for a file's or None.

    What stands before an `@` may be a password. One that was not escaped may end the host's part
    of the URL early, so where an `@` follows nothing is told.
    """
    parts = _URL.fullmatch(url or "")
    return "" if parts is None else parts["hosts"]


_URL = re.compile(r"(?!sqlite:)[a-z+0-9]+://([^/?#]*@)?(?P<hosts>[^@/?#]+)([/?#][^@]*)?")
