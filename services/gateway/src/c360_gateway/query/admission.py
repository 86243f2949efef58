"""How many subscriptions one principal may have open: each holds memory and reads on events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from c360_federation.errors import SUBSCRIPTION_LIMIT, RequestRefused, entry


class Admission:
    """Counts the open subscriptions of each principal of this process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, principal: str) -> Generator[None]:
        """Within it, one more is open; raises `RequestRefused` where that would be too many."""
        if self._open[principal] >= self._most:
            message = f"Nobody may have more than {self._most} subscriptions open here"
            raise RequestRefused([entry(SUBSCRIPTION_LIMIT, message)])
        self._open[principal] += 1
        try:
            yield
        finally:
            self._open[principal] -= 1
            if not self._open[principal]:
                del self._open[principal]
