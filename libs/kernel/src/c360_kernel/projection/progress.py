"""How far a projection is with what a changed catalog asks of it."""

from __future__ import annotations

import threading
import time
from logging import getLogger

_LOG_EVERY_S = 5.0
_log = getLogger(__name__)


class Interrupted(Exception):
    """The process ends: what was half done begins anew at the next start."""


class Progress:
    """Told by the worker, read by whoever answers for the process. Safe to share between threads.

    `name` is the projection's, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._interrupted = threading.Event()
        self._doing = ""
        self._done, self._total = 0, 0
        self._logged_s = 0.0

    def begin(self, doing: str, total: int) -> None:
        """Something begins that has `total` steps."""
        self._doing, self._done, self._total = doing, 0, total
        self._logged_s = time.monotonic()
        _log.info("%s: %s, %s to do", self._name, doing, total)

    def step(self, done: int) -> None:
        """So much is done by now. Raises `Interrupted` once the process ends."""
        self._done = done
        if self._interrupted.is_set():
            raise Interrupted
        if time.monotonic() - self._logged_s >= _LOG_EVERY_S:
            self._logged_s = time.monotonic()
            _log.info("%s: %s", self._name, self.state)

    def end(self) -> None:
        """It is done, if it began."""
        if self._doing:
            _log.info("%s: %s: done", self._name, self._doing)
        self._doing = ""

    def interrupt(self) -> None:
        """Have the next step raise."""
        self._interrupted.set()

    @property
    def state(self) -> str:
        """What is under way, as `refolding customers: 500 of 2000`; empty when nothing is."""
        doing = self._doing
        return f"{doing}: {min(self._done, self._total)} of {self._total}" if doing else ""
