"""What is written later counts as later, however the wall clock jumps between two starts."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.clock import LogClock
from c360_kernel.log.identity import LogIdentity
from c360_kernel.log.memory import MemoryLog
from c360_kernel.testing.entries import record_entry
from hypothesis import given
from hypothesis import strategies as st

NOW_MS = 1_760_000_000_000
HOUR_S = 3_600
YEAR_S = 365 * 86_400


async def _wrote(log: MemoryLog, ahead_s: float, limit_s: float = 86_400.0) -> str:
    """The stamp that a process gives whose clock stands so far from the true one."""
    clock = LogClock(log, limit_s, lambda: NOW_MS + int(ahead_s * 1000))
    await clock.ready()
    stamp = clock.next()
    await log.append([replace(record_entry("a"), stamp=stamp)])
    return stamp


@given(jumps=st.lists(st.integers(-HOUR_S, HOUR_S), min_size=2, max_size=8))
async def test_stamps_grow_from_start_to_start(jumps: list[int]) -> None:
    log = MemoryLog()
    stamps = [await _wrote(log, ahead_s) for ahead_s in jumps]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == len(stamps)


@pytest.mark.parametrize(("ahead_s", "is_told"), [(0, False), (30, False), (HOUR_S, True)])
async def test_a_clock_far_behind_the_log_is_told(
    ahead_s: int, *, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    log = MemoryLog()
    await _wrote(log, ahead_s)
    with caplog.at_level(logging.WARNING):
        await _wrote(log, 0)
    assert ("CLOCK_BEHIND" in caplog.text) is is_told


async def test_a_clock_too_far_behind_gives_no_stamp_until_it_may() -> None:
    log = MemoryLog()
    before = await _wrote(log, 10 * YEAR_S)
    clock = LogClock(log, 86_400.0, lambda: NOW_MS)
    with pytest.raises(SettingsError) as refused:
        await clock.take_up()
    with pytest.raises(Transient) as waits:
        await clock.ready()
    assert (refused.value.code, waits.value.code) == ("CLOCK_BEHIND", "CLOCK_BEHIND")
    assert "C360_CLOCK_BEHIND_S" in refused.value.message
    assert await _wrote(log, 0, 11 * YEAR_S) > before


async def test_no_stamp_is_given_before_the_log_has_said_where_it_is() -> None:
    class Away(MemoryLog):
        away = True

        async def identity(self) -> LogIdentity:
            if self.away:
                raise Transient("away", code="LOG_UNAVAILABLE")
            return await super().identity()

    log = Away()
    clock = LogClock(log, 86_400.0, lambda: NOW_MS)
    with pytest.raises(Transient):
        await clock.ready()
    log.away = False
    await log.append([replace(record_entry("a"), stamp=f"{NOW_MS + 5_000:012x}{0:016x}")])
    await clock.ready()
    assert clock.next()[:12] == f"{NOW_MS + 5_000:012x}"


@pytest.mark.parametrize("stamp", ["", "no stamp", "f" * 28])
async def test_a_stamp_that_is_none_stops_nobody_and_the_greatest_is_refused(stamp: str) -> None:
    log = MemoryLog()
    await log.append([replace(record_entry("a"), stamp=stamp)])
    clock = LogClock(log, 86_400.0, lambda: NOW_MS)
    if stamp == "f" * 28:
        with pytest.raises(SettingsError):
            await clock.take_up()
    else:
        await clock.take_up()
        assert clock.next().startswith(f"{NOW_MS:012x}")
