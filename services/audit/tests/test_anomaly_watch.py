"""What stands out of an hour is counted once."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_audit.domain.activity import HOUR_MS
from c360_audit.handlers.anomaly_watch import AnomalyWatch
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.entries import entry, keep, operation
from c360_audit.testing.signing import SIGNER
from c360_kernel.errors import Transient
from c360_kernel.metrics import ACCESS_ANOMALIES

NINE = 480_000 * HOUR_MS + 9 * HOUR_MS


class Day:
    """A clock, and a store that may be away."""

    def __init__(self, path: Path) -> None:
        self.now, self.is_away = NINE, False
        self.log = SqliteAuditLog(path, SIGNER)
        self._path = path

    def open_store(self) -> SqliteAuditLog:
        if self.is_away:
            raise Transient("away")
        return SqliteAuditLog(self._path, SIGNER)

    async def refused(self, name: str, count: int, at: int) -> None:
        await keep(
            self.log,
            *(entry(f"{name}{n}", operation(at=at, outcome="refused")) for n in range(count)),
        )


async def test_an_hour_is_counted_once_when_it_is_over(tmp_path: Path) -> None:
    day = Day(tmp_path / "audit.db")
    await day.refused("before", 20, NINE - 2 * HOUR_MS)
    watch, counted = AnomalyWatch(day.open_store, lambda: day.now), ACCESS_ANOMALIES.value
    first = counted("REFUSALS")
    await day.refused("in", 20, NINE + 1)
    for minutes, found in ((0, 0), (59, 0), (61, 0), (63, 1), (70, 1), (123, 1)):
        day.now = NINE + minutes * 60_000
        await watch.look()
        assert counted("REFUSALS") - first == found, minutes
    await day.log.close()


async def test_what_a_store_that_is_away_holds_is_counted_later(tmp_path: Path) -> None:
    day = Day(tmp_path / "audit.db")
    watch, first = AnomalyWatch(day.open_store, lambda: day.now), ACCESS_ANOMALIES.value("REFUSALS")
    await day.refused("in", 20, NINE + 1)
    day.now, day.is_away = NINE + HOUR_MS + 180_000, True
    with pytest.raises(Transient):
        await watch.look()
    day.is_away = False
    await watch.look()
    assert ACCESS_ANOMALIES.value("REFUSALS") == first + 1
    await day.log.close()
