"""How far consumers are behind the log, as it is scraped."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import pytest
from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition
from c360_kernel.log.lag import Lags
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.testing.entries import record_entry


class Away(MemoryLog):
    """A log that does not say where it ends."""

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """Refuse to."""
        raise Transient("away", code="LOG_UNAVAILABLE")


async def samples(log: MemoryLog) -> list[str]:
    lines = await Lags(log, {"profile": [RECORDS]}).lines()
    return [one for one in lines if not one.startswith("#")]


@pytest.mark.parametrize(("handled", "left"), [({}, 3), ({0: 1}, 2), ({0: 3}, 0), ({0: 9}, 0)])
async def test_the_lag_is_what_is_left_and_never_less_than_nothing(
    handled: dict[int, int], left: int
) -> None:
    log = MemoryLog(partitions=1)
    await log.append([record_entry(str(number)) for number in range(3)])
    await log.commit("profile", {Partition(RECORDS, n): end for n, end in handled.items()})
    (line,) = await samples(log)
    assert line.split()[-1] in (str(left), f"{left}.0")


async def test_while_the_log_is_away_nothing_is_said_but_that(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await samples(Away()) == []
    assert [one.name for one in caplog.records] == ["c360_kernel.log.lag"]
