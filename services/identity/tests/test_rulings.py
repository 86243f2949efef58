"""Which decision on a pair stands."""

from __future__ import annotations

from random import Random

from c360_identity.domain.rulings import ruling, rulings
from c360_identity.testing.entries import record_key, stamp
from c360_kernel.evidence.model import StewardDecision, pair_of
from hypothesis import given
from hypothesis import strategies as st

PAIR = pair_of(record_key("crm/b"), record_key("crm/a"))


def made(at: int, kind: str, name: str, undoes: str = "") -> StewardDecision:
    return StewardDecision(name, kind, PAIR, stamp(at), undoes)


def test_the_latest_decision_stands() -> None:
    assert ruling([made(2, "not_same", "y"), made(1, "same", "x")]).kind == "not_same"


def test_an_undo_brings_back_what_stood_before() -> None:
    decisions = [made(1, "same", "x"), made(2, "not_same", "y"), made(3, "undo", "u", "y")]
    assert ruling(decisions).id == "x"
    assert ruling(decisions[1:]) is None


def test_an_undo_can_be_undone() -> None:
    decisions = [made(1, "same", "x"), made(2, "undo", "u", "x"), made(3, "undo", "v", "u")]
    assert ruling(decisions).id == "x"


def test_an_undo_does_not_reach_into_the_future() -> None:
    assert ruling([made(1, "undo", "u", "x"), made(2, "same", "x")]).id == "x"


def test_an_undo_of_nothing_named_takes_back_what_stands() -> None:
    decisions = [made(1, "same", "x"), made(2, "not_same", "y"), made(3, "undo", "u")]
    assert ruling(decisions).id == "x"
    assert ruling([*decisions, made(4, "undo", "v")]) is None
    assert ruling([*decisions, made(4, "undo", "v", "u")]).id == "y"
    # Named too late, it was taken back already.
    assert ruling([*decisions, made(4, "undo", "v", "y")]).id == "x"


def test_what_was_said_twice_is_taken_back_once() -> None:
    decisions = [made(1, "same", "x"), made(2, "same", "y"), made(3, "undo", "u")]
    assert ruling(decisions) is None
    assert ruling([made(0, "not_same", "n"), *decisions]).id == "n"


SAID = st.lists(st.sampled_from(["same", "not_same", "undo"]), max_size=12)


@given(SAID, st.randoms())
def test_undos_of_nothing_named_are_a_stack(said: list[str], order: Random) -> None:
    """In whatever order they arrive; a decision that is on top already changes nothing."""
    stack: list[str] = []
    for kind in said:
        if kind == "undo":
            del stack[-1:]
        elif stack[-1:] != [kind]:
            stack.append(kind)
    decisions = [made(at, kind, f"d{at}") for at, kind in enumerate(said, start=1)]
    order.shuffle(decisions)
    found = ruling(decisions)
    assert (found and found.kind) == (stack[-1] if stack else None)


def test_pairs_are_the_same_in_either_order() -> None:
    assert pair_of(record_key("crm/a"), record_key("crm/b")) == PAIR
    assert rulings([made(1, "same", "x"), made(2, "undo", "u", "x")]) == {}
