"""What one rule is about, when it counts, and who includes whom."""

from dataclasses import replace

import pytest
from c360_policy.reading.parsing import policy_of
from c360_policy.rule import Policy, covers, wildcards
from c360_policy.table import compile_table
from hypothesis import given
from hypothesis import strategies as st

EFFECTS = ("allow", "deny")
COORDINATE = "Profile.phone"
ARGUMENT = "Query.customer(id:)"


def rule(obj="*", act="read", effect="allow", purpose="*", not_before="", not_after=""):
    line = ["agent", obj, act, "", effect, purpose, not_before, not_after, "r1"]
    return policy_of([line], []).rules[0]


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("tag", ["", "phone", "email"])
def test_a_tag_is_about_what_carries_it_and_a_coordinate_about_itself(effect, tag):
    assert covers("tag:phone", effect, COORDINATE, tag) == (tag == "phone")
    assert not covers("tag:", effect, COORDINATE, tag)
    assert not covers("phone", effect, COORDINATE, tag)
    for coordinate in (COORDINATE, ARGUMENT, "Query.customer"):
        assert covers(coordinate, effect, coordinate, tag)
        assert not covers("Profile.phones", effect, coordinate, tag)


@pytest.mark.parametrize(
    ("wide", "coordinate"),
    [
        ("*", COORDINATE),
        ("Profile.*", COORDINATE),
        ("*", ARGUMENT),
        ("Query.*", ARGUMENT),
        ("Query.customer", ARGUMENT),
    ],
)
def test_what_stands_for_several_grants_what_is_untagged_and_denies_all(wide, coordinate):
    assert wide in wildcards(coordinate)
    assert coordinate not in wildcards(coordinate)
    assert covers(wide, "allow", coordinate, "")
    assert covers(wide, "deny", coordinate, "")
    assert not covers(wide, "allow", coordinate, "phone")
    assert covers(wide, "deny", coordinate, "phone")


@pytest.mark.parametrize("obj", ["Query.*", "Profile.name", "Profile", "Profile.ph*", ARGUMENT])
@pytest.mark.parametrize("effect", EFFECTS)
def test_other_objects_are_about_something_else(obj, effect):
    assert not covers(obj, effect, COORDINATE, "")
    assert not covers(COORDINATE, effect, "Query.customer", "")


def test_a_rule_counts_from_its_first_millisecond_until_before_its_last():
    found = rule(not_before="1970-01-01T00:00:01Z", not_after="1970-01-01T00:00:02Z")
    times = (999, 1_000, 1_999, 2_000)
    assert [found.holds("any", now) for now in times] == [False, True, True, False]


@pytest.mark.parametrize("purpose", ["service", "", "*"])
def test_a_rule_for_one_purpose_serves_no_other(purpose):
    assert rule().holds(purpose, 0)
    assert rule(purpose="service").holds(purpose, 0) == (purpose == "service")


def test_where_a_rule_is_written_is_no_part_of_what_it_means():
    one = rule()
    moved = replace(one, line=one.line + 7)
    assert one == moved
    assert Policy((one,), {}).version == Policy((moved,), {}).version
    assert Policy((one,), {}).version != Policy((rule(effect="deny"),), {}).version


@pytest.mark.parametrize(
    ("acts", "limited"),
    [([], False), (["read", "write"], False), (["ask"], True), (["read", "ask"], True)],
)
def test_one_rule_about_asking_leaves_nobody_else_to_ask_what_they_like(acts, limited):
    policy = Policy(tuple(rule(act=act) for act in acts), {})
    assert policy.limits_ad_hoc is limited
    stranger = compile_table(policy, ("stranger",), "", {}, 0)
    assert stranger.may_ask_ad_hoc is not limited


@given(st.dictionaries(st.sampled_from("abcde"), st.frozensets(st.sampled_from("abcde"))))
def test_a_role_includes_what_those_include_that_it_includes(inherits):
    policy = Policy((), inherits)
    for role in "abcde":
        found = policy.closure((role,))
        assert role in found
        for one in found:
            assert inherits.get(one, frozenset()) <= found
        reached = {role}
        for _ in range(5):
            reached |= {base for one in reached for base in inherits.get(one, ())}
        assert found == reached
