"""Work that leaves circles of objects is not looked through for garbage while it is done.

graphql-core walks a new document with some two thousand objects that refer to each other. They are
garbage at the end, and young. A collection that comes before finds them in use: they count as old
from then on, and stay with all that they refer to until the old are looked through, which is once
in millions of objects.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_OVERDUE = 2
"""Times as many young objects as a collection waits for: then it waits no longer."""


class _Collections:
    """Collections put off while somebody is at work. Used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working = 0
        self._are_put_off = False

    def begin(self) -> None:
        """One more is at work."""
        with self._lock:
            self._working += 1
            if _is_overdue():
                self._go_on()
            elif self._working == 1 and gc.isenabled():
                self._are_put_off = True
                gc.disable()

    def end(self) -> None:
        """One is done; collections go on after the last one, unless they were off before."""
        with self._lock:
            self._working -= 1
            if not self._working:
                self._go_on()

    def _go_on(self) -> None:
        if self._are_put_off:
            self._are_put_off = False
            gc.enable()


_COLLECTIONS = _Collections()


@contextmanager
def undisturbed() -> Generator[None]:
    """Put collections off; where many take turns at it, only until one is overdue."""
    _COLLECTIONS.begin()
    try:
        yield
    finally:
        _COLLECTIONS.end()


def _is_overdue() -> bool:
    return gc.get_count()[0] > _OVERDUE * gc.get_threshold()[0]
