"""Which projections of a process are fed no more, and why: told by `/readyz`."""

from __future__ import annotations

import threading
from collections.abc import Mapping


class StoppedWorkers:
    """The code of what stopped each worker, by projection. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, str] = {}

    def add(self, projection: str, code: str) -> None:
        """This worker ended; it begins again with another catalog, or another process."""
        with self._lock:
            self._codes[projection] = code

    def begun(self, projection: str) -> None:
        """This worker is there again."""
        with self._lock:
            self._codes.pop(projection, None)

    def codes(self) -> Mapping[str, str]:
        """Those that ended so far."""
        with self._lock:
            return dict(self._codes)
