"""Which decision on a pair stands."""

from __future__ import annotations

from c360_identity.domain.model import StewardDecision, pair_of
from c360_identity.domain.rulings import ruling, rulings
from c360_identity.testing.entries import record_key, stamp

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


def test_pairs_are_the_same_in_either_order() -> None:
    assert pair_of(record_key("crm/a"), record_key("crm/b")) == PAIR
    assert rulings([made(1, "same", "x"), made(2, "undo", "u", "x")]) == {}
