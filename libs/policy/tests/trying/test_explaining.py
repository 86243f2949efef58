"""An explanation names every rule about a question, and what became of it."""

import pytest
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.explaining import DECIDES, explain
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.policy.tests.trying.grounds import GROUND, NOW, policy, rule


def verdicts(coordinate, *lines, act="read", purpose="", roles=("agent",)):
    asker = Asker(frozenset(roles), purpose, NOW)
    found = explain(Decider(policy(*lines), GROUND), GROUND, asker, act, coordinate)
    return found, {one.rule.rule_id: one.verdict for one in found.considered}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (rule("*"), "wildcard"),
        (rule("Profile.*"), "wildcard"),
        (rule("tag:phone", mask="redact"), "hides less"),
        (rule("tag:phone", purpose="marketing"), "about the purpose marketing"),
        (rule("tag:phone", until="1970-01-01T00:10:00Z"), "is over"),
        (rule("tag:phone", since="1970-01-02"), "has not come"),
    ],
)
def test_a_rule_that_does_not_decide_says_why(line, word):
    result, found = verdicts("Profile.phone", line, rule("tag:phone", mask="hash"))
    assert str(result.found) == "mask:hash"
    assert found["r2"] == DECIDES and word in found["r1"]


def test_a_deny_wins_over_every_grant():
    result, found = verdicts("Profile.phone", rule("tag:phone"), rule("Profile.*", effect="deny"))
    assert (result.found.action, found) == ("deny", {"r1": "a deny wins", "r2": DECIDES})


def test_tags_that_nothing_grants_are_missing():
    found, _ = verdicts("Card.holder", rule("tag:card"))
    assert (found.found.action, found.tags, found.missing) == ("deny", ("card", "name"), ("name",))
    assert verdicts("Card.holder", rule("Card.holder"))[0].missing == ()


def test_what_is_inherited_is_told_and_what_others_have_is_not():
    result, found = verdicts(
        "Profile.title", rule(role="base"), rule(role="other"), "g, agent, base", roles=["agent"]
    )
    assert (result.roles, found) == (("agent", "base"), {"r1": DECIDES})


def test_finding_by_what_may_be_read_is_decided_by_the_rule_that_lets_it_be_read():
    result, found = verdicts("Query.customer(id:)", rule(), act="lookup")
    assert (result.found.action, found) == ("allow", {"r1": DECIDES})


def test_a_deny_on_an_interface_is_about_what_implements_it():
    result, found = verdicts("Bought.at", rule(), rule("Event.at", effect="deny"))
    assert (result.found.action, found["r2"]) == ("deny", DECIDES)


LINES = st.builds(
    rule,
    st.sampled_from(("*", "Profile.*", "Profile.phone", "tag:phone", "tag:email", "Event.*")),
    mask=st.sampled_from(("", "hash", "null")),
    purpose=st.sampled_from(("*", "service")),
    since=st.sampled_from(("", "1970-01-01T00:10:00Z", "1970-01-01T00:20:00Z")),
    role=st.sampled_from(("agent", "base", "other")),
) | st.builds(rule, st.sampled_from(("tag:phone", "Event.*")), effect=st.just("deny"))


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=6), st.sampled_from(("Profile.phone", "Bought.at")))
def test_the_rules_that_decide_are_those_that_the_table_names(lines, coordinate):
    result, found = verdicts(coordinate, *lines, "g, agent, base")
    deciding = {name for name, verdict in found.items() if verdict == DECIDES}
    assert deciding == set(result.found.rule_ids)
