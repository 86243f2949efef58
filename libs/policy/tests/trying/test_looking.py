"""Warnings name the line that is meant, and a rule without effect has none in any set of roles."""

from itertools import combinations

import pytest
from c360_policy.rule import Policy
from c360_policy.trying.cells import CellsOf, RulesAt
from c360_policy.trying.deciding import Asker, Decider, answer_of
from c360_policy.trying.idle_rules import idle_rules
from c360_policy.trying.looking import look_through
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.policy.tests.trying.grounds import GROUND, NOW, SCHEMA, UNASKED, policy, rule

PHONE = rule("tag:phone")
OPEN = (rule("Query.*"), rule("Customer.*"))
LATE = "1970-01-01T00:20:00Z"


def warned(*lines):
    found = look_through(policy(*lines), GROUND, UNASKED, SCHEMA, NOW)
    return sorted((one.line, one.message) for one in found)


@pytest.mark.parametrize(
    ("lines", "line", "word"),
    [
        ((PHONE, rule("Profile.phone")), 4, "shadowed by r3 (line 3)"),
        ((rule("Profile.phone"), PHONE), 3, "shadowed by r4"),
        ((PHONE, PHONE), 4, "shadowed by r3"),
        ((PHONE, rule("tag:phone", mask="hash")), 4, "shadowed by r3"),
        ((PHONE, rule("tag:phone", purpose="service")), 4, "shadowed by r3"),
        ((PHONE, rule("tag:phone", until=LATE)), 4, "shadowed by r3"),
        ((rule("Profile.*", effect="deny"), rule("Profile.title", effect="deny")), 4, "shadowed"),
        ((rule("Profile.title", role="base"), rule("Profile.title"), "g, agent, base"), 4, "shad"),
        ((PHONE, rule("tag:phone", effect="deny")), 3, "unreachable: all that it grants is denied"),
        ((rule("Profile.title"), rule("Profile.*", effect="deny")), 3, "denied by r4 (line 4)"),
        ((rule("Card.*"),), 3, "carries a tag"),
        ((rule("Card.number"),), 3, "no path that role 'agent' may read leads to Card"),
        (
            (PHONE, rule("tag:phone", effect="deny", purpose="service")),
            3,
            "contradicts r4",
        ),
        ((PHONE, rule("tag:phone", effect="deny", since=LATE)), 3, "contradicts r4"),
        ((rule("tag:phone", mask="hash"), rule("Profile.phone")), 4, "undoes the mask hash of r3"),
        (
            (rule("tag:phone", mask="null"), rule("tag:phone", mask="hash", purpose="service")),
            4,
            "Profile.phone is shown by hash",
        ),
        ((rule("Mutation.*", act="write"),), 3, "also those of tag:phone"),
        ((rule("*", act="write"),), 3, "also those of tag:phone"),
    ],
)
def test_what_may_not_be_meant_is_told_with_its_line(lines, line, word):
    assert [at for at, problems in warned(*OPEN, *lines) if word in problems] == [line]


@pytest.mark.parametrize(
    "lines",
    [
        (PHONE, rule("tag:email", mask="hash")),
        (rule("tag:phone", mask="hash"), rule("Profile.phone", mask="redact", role="other")),
        (PHONE, rule("tag:phone", role="other"), "g, other, third"),
        (rule("tag:phone", until=LATE), rule("tag:phone", since=LATE)),
        (rule("Profile.*"), rule("Profile.title", effect="deny", purpose="service")),
        (rule("Mutation.*", act="write"), rule("tag:phone", act="write", effect="deny")),
        (rule("Card.number"), rule("Profile.card")),
        (rule("Card.number"), rule("Profile.card", role="lead"), "g, lead, agent"),
    ],
)
def test_what_is_right_is_not_warned_of(lines):
    own = [problems for line, problems in warned(*OPEN, *lines) if line]
    assert [problems for problems in own if "role 'other'" not in problems] == []


def toxic(*lines):
    tags = dict(GROUND.coordinates)
    tags["Mutation.decide"] = frozenset({"policy_proposal"})
    tags["Mutation.upsertRecords"] = frozenset({"policy_approval"})
    ground = type(GROUND)(tags, GROUND.interfaces)
    found = look_through(policy(*lines), ground, UNASKED, SCHEMA, NOW)
    return [one.message for one in found if "propose policy and approve" in one.message]


def test_a_role_that_may_propose_and_approve_policy_is_toxic():
    author = rule("tag:policy_proposal", act="write", role="author")
    approver = rule("tag:policy_approval", act="write", role="approver")
    assert toxic(author, approver) == []
    [problems] = toxic(author, approver, "g, chief, author", "g, chief, approver")
    assert "'chief'" in problems
    assert len(toxic(author, approver.replace("approver", "author"))) == 1


LINES = st.builds(
    rule,
    st.sampled_from(("*", "Profile.*", "Profile.phone", "tag:phone", "tag:card", "tag:name")),
    mask=st.sampled_from(("", "hash", "null")),
    purpose=st.sampled_from(("*", "service")),
    since=st.sampled_from(("", LATE)),
    role=st.sampled_from(("agent", "base", "other")),
) | st.builds(
    rule,
    st.sampled_from(("tag:phone", "Profile.*", "*")),
    effect=st.just("deny"),
    purpose=st.sampled_from(("*", "service")),
    role=st.sampled_from(("agent", "base")),
)
ROLE_SETS = [
    frozenset(some) for n in (1, 2, 3) for some in combinations(("agent", "base", "other"), n)
]


@settings(max_examples=80, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=7))
@example([rule("tag:card"), rule("tag:name", role="other")])
def test_without_its_idle_rules_a_policy_answers_the_same(lines):
    whole = policy(*lines, "g, agent, base")
    cells = CellsOf(GROUND, UNASKED)
    idle = {one.line for one in idle_rules(whole, cells, RulesAt(whole, cells))}
    rest = Policy(tuple(r for r in whole.rules if r.line not in idle), whole.inherits)
    both = Decider(whole, GROUND), Decider(rest, GROUND)
    for roles in ROLE_SETS:
        for purpose in ("", "service"):
            for at_ms in (NOW, NOW + 300_000):
                asker = Asker(roles, purpose, at_ms)
                for name in GROUND.coordinates:
                    one, other = (str(answer_of(d.table(asker), "read", name)) for d in both)
                    assert one == other, (name, roles, purpose)
