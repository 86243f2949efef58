"""A difference is told exactly where the two tables differ."""

from c360_policy.trying.deciding import Asker, Decider, answer_of
from c360_policy.trying.differing import Scope, differences, purposes_of, roles_of
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.policy.tests.trying.grounds import GROUND, NOW, PURPOSES, UNASKED, policy, rule

PHONE = rule("tag:phone", mask="hash")


def changes_of(before, after, roles=None):
    scope = Scope(roles or roles_of(before, after), purposes_of(PURPOSES, before, after), NOW)
    found = differences(Decider(before, GROUND), Decider(after, GROUND), GROUND, UNASKED, scope)
    return [
        (one.roles, one.purposes, one.act, one.coordinate, str(one.before), str(one.after))
        for one in found
    ]


def test_a_policy_differs_not_from_itself_written_otherwise():
    one = policy(rule(), PHONE)
    assert changes_of(one, policy("# a comment", rule(), PHONE)) == []


def test_a_change_is_told_from_what_to_what_and_for_every_purpose_once():
    before, after = policy(PHONE), policy(rule("tag:phone"))
    assert changes_of(before, after) == [
        (("agent",), ("*",), act, name, "mask:hash", "allow")
        for act, name in (
            ("read", "CustomerFilter.phone"),
            ("read", "Profile.phone"),
            ("filter", "CustomerFilter.phone"),
        )
    ]


def test_another_mask_is_a_change():
    [one, *_] = changes_of(policy(PHONE), policy(rule("tag:phone", mask="redact")))
    assert one[-2:] == ("mask:hash", "mask:redact")


def test_a_change_for_one_purpose_names_it():
    after = policy(PHONE, rule("Profile.phone", purpose="service"))
    assert changes_of(policy(PHONE), after) == [
        (("agent",), ("service",), "read", "Profile.phone", "mask:hash", "allow")
    ]


def test_a_role_that_is_only_in_one_of_them_is_compared():
    found = changes_of(policy(PHONE), policy(PHONE, rule("Profile.title", role="new")))
    assert found == [(("new",), ("*",), "read", "Profile.title", "deny", "allow")]


def test_a_set_of_roles_is_compared_as_one_person():
    before, after = policy(PHONE), policy(PHONE, rule("tag:phone", role="lead"))
    both = [frozenset(("agent", "lead"))]
    assert {one[0] for one in changes_of(before, after, both)} == {("agent", "lead")}


def test_a_role_that_has_to_be_opened_is_compared_open():
    may = rule("role:rescue", act="break_glass")
    before, after = policy(PHONE, may), policy(PHONE, may, rule("tag:email", role="rescue"))
    assert [one[:4] for one in changes_of(before, after) if one[2] == "read"] == [
        (("rescue",), ("*",), "read", "Profile.email")
    ]
    assert [one[:4] for one in changes_of(policy(PHONE), policy(PHONE, may))] == [
        (("agent",), ("*",), "break_glass", "role:rescue")
    ]


def test_what_holds_for_all_is_compared_too():
    before, after = policy(rule()), policy(rule(), rule("*", act="introspect"))
    assert changes_of(before, after) == [(("agent",), ("*",), "introspect", "*", "deny", "allow")]


LINES = st.builds(
    rule,
    st.sampled_from(("*", "Profile.*", "Profile.phone", "tag:phone", "tag:email")),
    mask=st.sampled_from(("", "hash")),
    purpose=st.sampled_from(("*", "service")),
    role=st.sampled_from(("agent", "lead")),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(LINES, max_size=4), st.lists(LINES, max_size=4))
def test_nothing_else_differs(one, other):
    before, after = policy(*one), policy(*other)
    found = {
        (roles, purpose, act, name)
        for roles, purposes, act, name, _, _ in changes_of(before, after)
        for purpose in (purposes_of(PURPOSES) if purposes == ("*",) else purposes)
    }
    tables = Decider(before, GROUND), Decider(after, GROUND)
    for roles in roles_of(before, after):
        for purpose in purposes_of(PURPOSES):
            asker = Asker(roles, purpose, NOW)
            for name in GROUND.coordinates:
                if name.startswith(("Profile", "Card")):
                    old, new = (str(answer_of(d.table(asker), "read", name)) for d in tables)
                    assert ((tuple(roles), purpose, "read", name) in found) == (old != new)
