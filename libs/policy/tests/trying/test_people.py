"""Tests of a policy name customers: rows hide them, consent withholds what it is needed for."""

import pytest
from c360_policy.reading.names import Known
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.expectation_file import TestsInvalid, Vocabulary, read_tests
from c360_policy.trying.people import SomeCustomer, Who, rules_met
from c360_policy.trying.testing import Today, run_tests

from libs.policy.tests.trying.grounds import GROUND, NOW, PURPOSES, UNASKED, rule
from libs.policy.tests.trying.row_grounds import NORTH, SOUTH, TRAITS, UNKNOWN, policy_with

ROWS = """
rows:
  agent: {trait: team, op: in, value: $team}
  clerk: none
consent:
  - {object: "tag:email", purposes: [marketing]}
"""
POLICY = policy_with(ROWS)
KNOWN = Known(GROUND.coordinates, PURPOSES, UNASKED, TRAITS)
HEAD = """
principals:
  ann: {roles: [agent], attributes: {team: north}}
  two: {roles: [agent], attributes: {team: [north, south]}}
  bob: {roles: [agent]}
  cas: {roles: [clerk]}
  both: {roles: [agent, clerk], attributes: {team: north}}
customers:
  north: {traits: {team: north}, consents: [marketing]}
  south: {traits: {team: south}, consents: {marketing: denied, service: granted}}
  nothing known: {}
  real: {id: c1}
tests:
"""


def read(body, head=HEAD):
    return read_tests(head + body, "tests.yaml", Vocabulary.of(POLICY, KNOWN, NOW))


def wrong(body, customers=None):
    tried = run_tests(read(body), Decider(POLICY, GROUND), Today(TRAITS, customers or {}))
    return [
        (one.principal.name, one.customer.name, one.coordinate, str(answer), answer.rule_ids)
        for one, answer in tried.failures
    ]


def of(principal, customer, expect, purposes="", acts="read"):
    named = f"principals: [{principal}], customers: [{customer}], acts: [{acts}]"
    return f"  - {{{named}, purposes: ['{purposes}'], expect: {expect}}}\n"


@pytest.mark.parametrize(
    ("principal", "customer", "word"),
    [
        ("ann", "north", "mask"),
        ("ann", "south", "hidden"),
        ("ann", "nothing known", "hidden"),
        ("two", "south", "mask"),
        ("two", "nothing known", "hidden"),
        ("bob", "north", "hidden"),
        ("cas", "north", "hidden"),
        ("both", "north", "mask"),
        ("both", "south", "hidden"),
    ],
)
@pytest.mark.parametrize("act", ["read", "export"])
def test_a_customer_is_hidden_or_shown_by_its_values_and_the_attributes(
    principal, customer, word, act
):
    if act == "export" and word != "hidden":
        word = "deny"
    assert wrong(of(principal, customer, f"{{Profile.phone: {word}}}", acts=act)) == []
    others = {"mask", "hidden", "deny", "read", "no_consent"} - {word}
    for other in others:
        assert len(wrong(of(principal, customer, f"{{Profile.phone: {other}}}", acts=act))) == 1


@pytest.mark.parametrize(
    ("customer", "purpose", "words"),
    [
        ("north", "marketing", {"read", "allow"}),
        ("south", "marketing", {"no_consent", "deny"}),
        ("south", "service", {"read", "allow"}),
        ("south", "", {"read", "allow"}),
    ],
)
def test_a_value_that_needs_a_consent_is_denied_without_it(customer, purpose, words):
    for word in ("read", "allow", "mask", "deny", "no_consent", "hidden"):
        body = of("two", customer, f"{{Profile.email: {word}}}", purpose)
        assert (wrong(body) == []) is (word in words)


@pytest.mark.parametrize(("purpose", "word"), [("marketing", "deny"), ("service", "allow")])
def test_nothing_is_filtered_by_what_needs_a_consent_whoever_gave_it(purpose, word):
    rows = "consent:\n  - {object: 'tag:phone', purposes: [marketing]}\n"
    own = policy_with(rows, rule("tag:phone", role="finder"))
    asker = f"purposes: [{purpose}], acts: [filter], expect: {{CustomerFilter.phone: {word}}}"
    head = f"""
principals: {{one: {{roles: [finder]}}}}
customers: {{north: {{traits: {{team: north}}, consents: [marketing]}}}}
tests:
  - {{principals: [one], {asker}}}
  - {{principals: [one], customers: [north], {asker}}}
"""
    tests = read_tests(head, "t", Vocabulary.of(own, KNOWN, NOW))
    assert run_tests(tests, Decider(own, GROUND), Today(TRAITS)).failures == ()


def test_a_real_customer_is_asked_about_as_it_is():
    body = of("ann", "real", "{Profile.title: read}", "marketing")
    assert wrong(body, {"c1": SomeCustomer(NORTH)}) == []
    (problems,) = wrong(body, {"c1": SomeCustomer(SOUTH)})
    assert problems == ("ann", "real", "Profile.title", "hidden", ("rows.yaml: agent",))
    assert wrong(body, {})


def test_who_asks_is_called_as_in_the_tests_unless_told_otherwise():
    own = policy_with("rows:\n  agent: {trait: owner, op: equals, value: $sub}\n")
    head = """
principals: {ann: {roles: [agent]}, other: {roles: [agent], subject: ann}, bo: {roles: [agent]}}
customers: {hers: {traits: {owner: ann}}}
tests:
  - {principals: [ann, other], customers: [hers], expect: {Profile.title: read}}
  - {principals: [bo], customers: [hers], expect: {Profile.title: hidden}}
"""
    tests = read_tests(head, "t", Vocabulary.of(own, KNOWN, NOW))
    assert run_tests(tests, Decider(own, GROUND), Today(TRAITS)).failures == ()


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", of("ann", "nrth", "{Profile.phone: mask}"), "no customer 'nrth' is known"),
        (
            "",
            "  - {principals: [ann], expect: {Profile.phone: hidden}}\n",
            "are said of customers: name some",
        ),
        ("{traits: {taem: north}}", "", "no trait 'taem' is known"),
        ("{traits: {score: many}}", "", "expected"),
        ("{consents: [marketng]}", "", "no purpose 'marketng' is known"),
        ("{consents: {marketing: yes}}", "", "a consent is one of"),
        ("{consents: {marketng: granted}}", "", "no purpose 'marketng' is known"),
        ("{id: c1, traits: {team: north}}", "", "an id, or traits and consents"),
        ("{trait: {team: north}}", "", "unknown field 'trait'"),
    ],
)
def test_what_would_test_nothing_is_refused(head, body, expected):
    made = HEAD.replace("tests:\n", f"  odd: {head}\ntests:\n") if head else HEAD
    with pytest.raises(TestsInvalid) as refused:
        read(body or of("ann", "north", "{Profile.phone: mask}"), made)
    assert expected in refused.value.message


@pytest.mark.parametrize(
    ("values", "shown"), [(NORTH, [True, False]), (SOUTH, [False, False]), (UNKNOWN, [False] * 2)]
)
def test_each_rule_about_rows_is_told_with_what_it_says_of_a_customer(values, shown):
    asker = Asker(frozenset({"agent", "clerk"}), "", NOW)
    who = Who("ann", (("team", ("north",)),))
    met = rules_met(Decider(POLICY, GROUND), asker, who, TRAITS, SomeCustomer(values))
    assert [one.rule.role for one in met] == ["agent", "clerk"]
    assert [one.shows for one in met] == shown
