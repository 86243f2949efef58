"""Who is told of no small group learns no number, list or difference under the minimum."""

from __future__ import annotations

import pytest
from c360_kernel.groups import DisclosedGroups, Group, GroupSuppressed, Size, rounded, sketch
from hypothesis import given, settings
from hypothesis import strategies as st

LEAST = 10
EVERYBODY = range(1_000)
SIZES = st.integers(0, len(EVERYBODY))


def disclose(
    groups: DisclosedGroups, members: set[int], question: str = "", who: str = "ann"
) -> Size | None:
    group = Group(len(members), len(EVERYBODY), sketch(members))
    try:
        return groups.disclose(who, question or str(sorted(members)), group, LEAST)
    except GroupSuppressed:
        return None


@given(st.sets(st.sampled_from(EVERYBODY)))
def test_a_size_is_rounded_and_a_small_one_not_told(members: set[int]) -> None:
    left_out = len(EVERYBODY) - len(members)
    size = disclose(DisclosedGroups(), members)
    if len(members) < LEAST:
        assert size is None
    elif left_out < LEAST:
        assert size == Size(len(EVERYBODY), may_list=left_out == 0)
    else:
        assert size == Size(rounded(len(members)), may_list=True)


@settings(max_examples=25)
@given(st.sets(st.sampled_from(EVERYBODY), min_size=30, max_size=60), st.integers(1, 9), st.data())
def test_what_differs_by_few_from_what_was_told_is_told_alike_and_not_listed(
    members: set[int], few: int, data: st.DataObject
) -> None:
    groups = DisclosedGroups()
    found = disclose(groups, members)
    assert found == Size(rounded(len(members)), may_list=True)
    changed = data.draw(st.lists(st.sampled_from(EVERYBODY), min_size=1, max_size=few, unique=True))
    near = members.symmetric_difference(changed)
    assert disclose(groups, near) == Size(found.shown, may_list=False)
    assert disclose(groups, members) == found
    assert disclose(groups, near, who="bob") == Size(rounded(len(near)), may_list=True)


def test_the_same_question_has_its_first_answer_until_as_many_came() -> None:
    groups = DisclosedGroups()
    found = [
        disclose(groups, set(range(100, 100 + size)), "all of Berlin") for size in range(40, 61)
    ]
    assert [one and one.shown for one in found] == [40] * 10 + [50] * 10 + [60]
    assert all(one and one.may_list for one in found)


def test_what_was_told_is_forgotten_after_a_day_and_a_bound_holds_meanwhile() -> None:
    now = [0.0]
    groups = DisclosedGroups(lambda: now[0])
    for shift in range(1_000):
        group = Group(500, 10_000, (1 << shift) | ((1 << (1_000 + shift)) - 1))
        groups.disclose("ann", str(shift), group, 1)
    more = Group(500, 10_000, 1 << 2047)
    with pytest.raises(GroupSuppressed):
        groups.disclose("ann", "one more", more, 1)
    now[0] = 24 * 3600.0 + 1
    assert groups.disclose("ann", "one more", more, 1).shown == 500
