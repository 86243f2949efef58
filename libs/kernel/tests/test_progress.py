"""How far a projection is, and its end when the process ends."""

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
