"""What is found is told by its place, and what stands beside each other once."""

from __future__ import annotations

import pytest
from c360_audit.domain.findings import Finding, at, together
from hypothesis import given
from hypothesis import strategies as st

PLACES = st.tuples(st.integers(0, 1), st.integers(0, 12), st.sampled_from(["changed", "removed"]))


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (at("changed", "log", 2, 7, "another hash"), "changed log audit/2 7: another hash"),
        (Finding("removed", "rows", 0, 3, 5, "gone"), "removed rows audit/0 3-5: gone"),
        (Finding("lost", "tree", 1, None, None, "all"), "lost tree audit/1: all"),
        (Finding("forged", "checkpoint", None, None, None, "a key"), "forged checkpoint: a key"),
    ],
)
def test_a_finding_says_where_it_is(finding: Finding, text: str) -> None:
    assert str(finding) == text


@given(st.lists(PLACES, max_size=30))
def test_neighbours_are_one_finding_that_covers_each_place_and_no_other(
    places: list[tuple[int, int, str]],
) -> None:
    found = together(at(kind, "log", part, offset, "m") for part, offset, kind in places)  # type: ignore[arg-type]
    covered = [
        (one.partition, offset, one.kind)
        for one in found
        if one.first is not None and one.last is not None
        for offset in range(one.first, one.last + 1)
    ]
    assert sorted(covered) == sorted(set(places))
    # None of them could go on where another ends.
    ends = {(one.partition, one.kind, (one.last or 0) + 1) for one in found}
    assert not ends & {(one.partition, one.kind, one.first) for one in found}


def test_what_is_at_no_place_comes_first_and_stays_apart() -> None:
    nowhere = Finding("forged", "checkpoint", None, None, None, "a key")
    whole = Finding("lost", "tree", 0, None, None, "all")
    first = at("lost", "tree", 0, 0, "all")
    assert together([first, whole, nowhere]) == [nowhere, whole, first]
