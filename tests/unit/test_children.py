"""A process that is not up yet, or never stays up, is told of."""

from __future__ import annotations

from c360_cli.running.children import Children


def test_a_process_is_awaited_until_it_answers_for_the_first_time():
    children = Children(["identity", "profile"])
    assert children.troubles([]) == {"identity": "starting", "profile": "starting"}
    assert children.troubles(["identity", "audit"]) == {"profile": "starting"}
    assert children.troubles(["profile"]) == {}
    assert children.troubles([]) == {}


def test_one_that_ends_before_it_answers_says_with_what():
    children = Children(["identity"])
    children.ended("identity", 2)
    assert children.troubles([]) == {"identity": "ended 1 times in a row, at last with 2"}


class Clock:
    """Stands still until it is set."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_one_that_ends_again_and_again_is_told_of_until_it_stays_up():
    clock = Clock()
    children = Children(["identity"], clock)
    assert children.troubles(["identity"]) == {}
    for _ in range(2):
        children.ended("identity", -9)
        assert children.troubles([]) == {}
        # What refuses its store answers for a moment, too.
        assert children.troubles(["identity"]) == {}
    children.ended("identity", 2)
    looping = {"identity": "ended 3 times in a row, at last with 2"}
    assert children.troubles([]) == looping
    assert children.troubles(["identity"]) == looping
    clock.now_s = 14
    assert children.troubles(["identity"]) == looping
    clock.now_s = 15
    assert children.troubles(["identity"]) == {}
    children.ended("identity", -9)
    assert children.troubles([]) == {}


def test_one_that_ended_at_its_start_is_awaited_until_it_stays_up():
    clock = Clock()
    children = Children(["identity"], clock)
    children.ended("identity", 2)
    assert children.troubles(["identity"]) != {}
    clock.now_s = 15
    assert children.troubles(["identity"]) == {}
