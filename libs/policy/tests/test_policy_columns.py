"""The columns of a rule and of a link: what each may say, and what it then means."""

import time

import pytest
from c360_policy.errors import PolicyInvalid
from c360_policy.mask.spec import MaskSpec
from c360_policy.reading.parsing import parse_policy, policy_of, read_draft
from c360_policy.rule import FOREVER, Rule

ROLE, OBJ, ACT, MASK, EFFECT, PURPOSE, BEGIN, END, RULE_ID = range(9)
PLAIN = ("agent", "tag:phone", "read", "", "allow", "*", "", "", "r1")


def columns(**changed):
    row = list(PLAIN)
    for name, value in changed.items():
        row[globals()[name]] = value
    return row


def refusal(*rows, links=()):
    with pytest.raises(PolicyInvalid) as refused:
        policy_of(rows, links)
    return [(one.line, one.message) for one in refused.value.problems]


def test_a_rule_is_what_its_columns_say():
    found = columns(MASK="partial(3,4,4)", PURPOSE="service", BEGIN="1970-01-01T00:00:01.5Z")
    assert policy_of([found], []).rules == (
        Rule("agent", "tag:phone", "read", MaskSpec("partial", 3, 4, 4), "allow", "service",
             1_500, FOREVER, "r1"),
    )  # fmt: skip
    (plain,) = policy_of([PLAIN], []).rules
    assert (plain.mask, plain.not_before, plain.not_after) == (None, -FOREVER, FOREVER)


@pytest.fixture
def in_shanghai(monkeypatch):
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-02", 86_400_000),
        ("1970-01-01T00:00:02", 2_000),
        ("1970-01-01T01:00:02+01:00", 2_000),
        ("*", FOREVER),
        ("", FOREVER),
    ],
)
def test_a_time_without_a_zone_is_utc_wherever_the_machine_is(text, ms, in_shanghai):
    assert policy_of([columns(END=text)], []).rules[0].not_after == ms


@pytest.mark.parametrize("column", ["ROLE", "OBJ", "PURPOSE", "RULE_ID"])
def test_what_has_to_be_said_is_not_left_out(column):
    ((line, message),) = refusal(columns(**{column: ""}))
    assert line == 1 and message.endswith(f"column {column.lower()} is empty")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ACT": "raed"}, "act is one of"),
        ({"EFFECT": "Allow"}, "eft is allow or deny"),
        ({"MASK": "hash", "EFFECT": "deny"}, "only a rule that allows read can mask"),
        ({"MASK": "hash", "ACT": "write"}, "only a rule that allows read can mask"),
        ({"MASK": "partial(٣,4,4)"}, "a mask is written in ASCII"),
        ({"MASK": "blur"}, "a mask is redact_text"),
        ({"BEGIN": "２０２６-01-01"}, "a time is written in ASCII"),
        ({"BEGIN": "2026-01-01T00:00:00Ｚ"}, "a time is written in ASCII"),
        ({"END": "soon"}, "a time is written as in"),
        ({"BEGIN": "2026-01-01", "END": "2026-01-01"}, "not_before has to be earlier"),
    ],
)
def test_another_word_than_the_ones_there_are_is_refused(changed, expected):
    ((line, message),) = refusal(PLAIN, columns(RULE_ID="r2", **changed))
    assert line == 2 and message.startswith(f"rule r2: {expected}")


@pytest.mark.parametrize("row", [PLAIN[:8], (*PLAIN, "more"), (), PLAIN[:1]])
def test_a_rule_has_nine_columns(row):
    role = row[0] if row else "?"
    assert refusal(row) == [
        (1, f"rule for {role}: 9 columns expected after p, {len(row)} found"),
    ]


def test_a_rule_id_is_used_once_and_its_first_line_told():
    problem = refusal(PLAIN, columns(RULE_ID="r2"), ("short",), columns(OBJ="Query.x"))
    assert sorted(problem) == [
        (3, "rule for short: 9 columns expected after p, 1 found"),
        (4, "rule id 'r1' is used twice (first on line 1)"),
    ]


@pytest.mark.parametrize("link", [("agent",), ("agent", ""), ("", "base"), ("a", "b", "c"), ()])
def test_a_link_names_two_roles(link):
    assert refusal(PLAIN, links=[link]) == [
        (2, "a g line names two roles: who inherits, and from whom"),
    ]


def test_links_of_one_role_add_up():
    policy = policy_of([], [("agent", "base"), ("agent", "staff"), ("officer", "agent")])
    assert policy.inherits == {"agent": {"base", "staff"}, "officer": {"agent"}}
    assert policy.closure(["officer"]) == {"officer", "agent", "base", "staff"}


def test_a_chain_has_nine_steps_at_most():
    chain = [(f"r{n}", f"r{n + 1}") for n in range(9)]
    assert len(policy_of([], chain).closure(["r0"])) == 10
    assert refusal(links=[("r", "r0"), *chain]) == [
        (1, "role 'r' inherits over more than 9 steps"),
    ]


def test_a_draft_keeps_what_can_be_understood_and_a_policy_does_not():
    text = "p, agent, tag:phone, read, , allow, *, , , r1\np, agent\ng, agent\n"
    draft = read_draft(text)
    assert [rule.rule_id for rule in draft.policy.rules] == ["r1"]
    assert sorted(problem.line for problem in draft.problems) == [2, 3]
    assert draft.policy.inherits == {}
    with pytest.raises(PolicyInvalid):
        parse_policy(text)
