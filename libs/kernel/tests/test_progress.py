"""How far a projection is, and its end when the process ends."""

import logging
import time

import pytest
from c360_kernel.projection.progress import Interrupted, Progress


def test_it_tells_what_is_under_way_and_nothing_else():
    progress = Progress("profile")
    assert progress.state == ""
    progress.begin("refolding customers", 20)
    assert progress.state == "refolding customers: 0 of 20"
    progress.step(25)
    assert progress.state == "refolding customers: 20 of 20"
    progress.end()
    assert progress.state == ""


def test_the_step_after_an_interruption_ends_the_work():
    progress = Progress("profile")
    progress.begin("refolding customers", 20)
    progress.step(1)
    progress.interrupt()
    with pytest.raises(Interrupted):
        progress.step(2)


def test_the_log_has_its_beginning_and_its_end_and_now_and_then_how_far_it_is(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress("profile")
    with caplog.at_level(logging.INFO):
        progress.end()
        progress.begin("refolding", 20)
        for done, at in ((1, 101.0), (5, 105.0), (6, 109.9), (11, 110.0)):
            now[0] = at
            progress.step(done)
        progress.end()
        progress.end()
    assert [one.getMessage() for one in caplog.records] == [
        "profile: refolding, 20 to do",
        "profile: refolding: 5 of 20",
        "profile: refolding: 11 of 20",
        "profile: refolding: done",
    ]
