"""A file of tests: read strictly, every combination asked, the wrong answers told."""

import pytest
from c360_policy.trying.deciding import Decider
from c360_policy.trying.expectation_file import TestsInvalid, Vocabulary, read_tests
from c360_policy.trying.testing import run_tests

from libs.policy.tests.trying.grounds import GROUND, KNOWN, NOW, policy, rule

POLICY = policy(
    rule(),
    rule("tag:phone", mask="hash"),
    rule("tag:phone", purpose="service"),
    rule("tag:email", until="1970-01-01T00:30:00Z"),
    rule("Mutation.*", act="write", role="shop"),
)
HEAD = """
principals:
  agent: {roles: [agent]}
  shop: {roles: [shop]}
tests:
"""


def read(body, head=HEAD, against=POLICY):
    words = Vocabulary.of(against, KNOWN, NOW)
    return read_tests(head + body, "tests.yaml", words)


def failed(body, head=HEAD):
    tried = run_tests(read(body, head), Decider(POLICY, GROUND))
    found = [
        (one.principal.name, one.purpose, one.act, one.coordinate, str(answer))
        for one, answer in tried.failures
    ]
    return tried.asked, found


def test_what_is_expected_of_each_answer_holds():
    body = """
  - principals: [agent]
    expect: {Profile.title: read, Profile.phone: mask, Card.number: deny}
  - principals: [agent]
    purposes: [service]
    coordinates: [tag:phone]
    expect: allow
  - principals: [agent]
    coordinates: [Profile.phone]
    expect: mask:hash
  - principals: [shop]
    acts: [write]
    coordinates: [Mutation.upsertRecords]
    expect: allow
"""
    assert failed(body) == (7, [])


def test_every_combination_is_asked_and_each_wrong_answer_is_told():
    body = """
  - principals: [agent, shop]
    purposes: ["*"]
    expect: {Profile.phone: mask}
"""
    assert failed(body) == (
        6,
        [
            ("agent", "service", "read", "Profile.phone", "allow"),
            ("shop", "", "read", "Profile.phone", "deny"),
            ("shop", "marketing", "read", "Profile.phone", "deny"),
            ("shop", "service", "read", "Profile.phone", "deny"),
        ],
    )


@pytest.mark.parametrize(
    ("word", "is_wrong"),
    [("mask", False), ("mask:hash", False), ("mask:redact", True), ("read", True), ("deny", True)],
)
def test_a_mask_is_expected_as_any_or_as_the_very_one(word, is_wrong):
    body = f"  - {{principals: [agent], expect: {{Profile.phone: '{word}'}}}}\n"
    assert bool(failed(body)[1]) is is_wrong


@pytest.mark.parametrize(
    ("now", "word"), [("1970-01-01T00:20:00Z", "read"), ("1970-01-02", "deny")]
)
def test_time_is_the_tests_own_or_that_of_the_file(now, word):
    body = "  - {principals: [agent], %s expect: {Profile.email: " + word + "}}\n"
    assert failed(body % f"now: {now},")[1] == []
    assert failed(body % "", f"now: {now}\n{HEAD}")[1] == []
    wrong = {"read": "deny", "deny": "read"}[word]
    assert failed((body % f"now: {now},").replace(word, wrong))[1] != []


def test_a_type_is_all_its_members_and_a_tag_all_that_carry_it():
    body = "  - {principals: [agent], expect: {Profile.*: read}}\n"
    problems, wrong = failed(body)
    assert problems == 4 and {one[3] for one in wrong} == {"Profile.phone"}
    problems, _ = failed("  - {principals: [agent], expect: {tag:phone: mask}}\n")
    assert problems == 2  # what is only written is not read


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  - {principals: [agnet], expect: {Profile.phone: mask}}", "'agnet' is known, did you"),
        ("  - {principals: [agent], expect: {Profile.fone: mask}}", "Profile.fone"),
        ("  - {principals: [agent], expect: {tag:fone: mask}}", "tag:fone"),
        ("  - {principals: [agent], expect: {Profile.phone: masked}}", "expected read, mask"),
        ("  - {principals: [agent], expect: {Profile.phone: 'mask:blur'}}", "a mask is"),
        ("  - {principals: [agent], purposes: [x], expect: {Profile.phone: mask}}", "purpose 'x'"),
        ("  - {principals: [agent], acts: [raed], expect: {Profile.phone: mask}}", "an act is"),
        ("  - {principals: [agent], acts: [write], expect: {Query.customer: deny}}", "write is"),
        ("  - {principals: [agent]}", "'expect' is missing"),
        ("  - {expect: {Profile.phone: mask}}", "'principals' is missing"),
        ("  - {principals: [agent], expcet: {Profile.phone: mask}}", "unknown field 'expcet'"),
        ("  - {principals: [agent], now: soon, expect: {Profile.phone: mask}}", "a time is"),
        ("  - {principals: [agent], coordinates: [], expect: mask}", "tests no question"),
        ("  []", "there is no test"),
        ("  - {principals: [agent", "not valid YAML"),
    ],
)
def test_a_test_that_could_not_fail_is_refused(body, expected):
    with pytest.raises(TestsInvalid, match=r"tests\.yaml:") as refused:
        read(body)
    assert expected in refused.value.message


@pytest.mark.parametrize(("opened", "word"), [("", "deny"), ("opened: [rescue]", "read")])
def test_a_role_that_has_to_be_opened_holds_for_who_opened_it(opened, word):
    glass = policy(
        rule("role:rescue", act="break_glass", role="agent"), rule("tag:email", role="rescue")
    )
    head = f"principals: {{one: {{roles: [agent, rescue], {opened}}}}}\ntests:\n"
    body = f"""
  - {{principals: [one], expect: {{Profile.email: {word}}}}}
  - {{principals: [one], acts: [break_glass], coordinates: ["role:rescue"], expect: allow}}
"""
    assert run_tests(read(body, head, glass), Decider(glass, GROUND)).failures == ()


def test_a_role_that_the_policy_does_not_know_is_refused():
    head = HEAD.replace("[shop]", "[shpo]")
    with pytest.raises(TestsInvalid, match="no role 'shpo' is known, did you mean 'shop'"):
        read("  - {principals: [agent], expect: {Profile.phone: mask}}", head)
