"""How long somebody waits again and again, while something else goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from figures import percentile


class Waits:
    """Waits of one who waits, told to another. One that is not over counts as long as it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over: list[float] = []
        self._since: float | None = None

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Around one wait."""
        began = time.perf_counter()
        with self._lock:
            self._since = began
        yield
        with self._lock:
            self._since = None
            self._over.append(time.perf_counter() - began)

    def told(self) -> Mapping[str, float]:
        """How many there were since this was asked last, the median and the longest, in ms."""
        with self._lock:
            now = [] if self._since is None else [time.perf_counter() - self._since]
            over, self._over = [*self._over, *now], []
        if not over:
            return {"count": 0}
        median, longest = percentile(over, 0.5), max(over)
        figures = {"p50_ms": round(1e3 * median, 1), "max_ms": round(1e3 * longest, 1)}
        return {"count": len(over), **figures}
