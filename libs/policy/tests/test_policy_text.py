"""Every line of a policy is taken for what it says, or refused by its number."""

import casbin
import pytest
from c360_policy.casbin import model_text
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import decode_policy, parse_policy
from c360_policy.reading.text import read_rows
from casbin.model import Model
from casbin.persist.adapters.string_adapter import StringAdapter
from hypothesis import given, settings
from hypothesis import strategies as st

BASE = "p, support_agent, tag:name, read, , allow, *, , , granted"
DENY = "p, support_agent, tag:name, read, , deny, *, , , denied"
MEANT = ("support_agent", "tag:name", "read", "deny", "*", float("-inf"), float("inf"))
KNOWN = Known({"Profile.name": frozenset({"name"}), "Profile.size": frozenset()}, frozenset())
ODD = (
    *"\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u202e\u2066\u180e\u034f\u115f\u3164\u2800\ufe0f\U000e0100",
    *"\u00a0\u2003\u202f\u3000\u2028\u2029\u0085\x0b\x0c\x1c\x00\x7f\r\t",
    *"\"'`“”‘’«»；，、،﹐｜|;\\",
    *"рсаеоｐＰP𝐩ᵖ",
)


def denials(text):
    policy = parse_policy(text)
    refuse_unknown(policy, KNOWN)
    return [
        (one.role, one.obj, one.act, one.effect, one.purpose, one.not_before, one.not_after)
        for one in policy.rules
        if one.effect == "deny"
    ]


def holds_or_is_refused(damaged):
    """The deny of the second line means what it meant, or the text is refused there."""
    try:
        assert denials(f"{BASE}\n{damaged}") == [MEANT]
    except PolicyInvalid as error:
        assert error.code == "POLICY_INVALID"
        assert min(problem.line for problem in error.problems) in (2, 3)
        assert "line " in error.message


def test_the_deny_holds_as_it_is_meant():
    assert denials(f"{BASE}\n{DENY}") == [MEANT]


@settings(max_examples=600, deadline=None)
@given(
    place=st.integers(0, len(DENY)),
    put=st.sampled_from(ODD) | st.characters(codec="utf-8"),
    instead=st.booleans(),
)
def test_no_single_character_makes_a_deny_vanish(place, put, instead):
    damaged = DENY[:place] + put + DENY[place + instead :]
    if not damaged.lstrip(" \t").startswith("#"):
        holds_or_is_refused(damaged)


@pytest.mark.parametrize("column", range(1, 10))
@pytest.mark.parametrize(
    "put", ["\u200b", "\u034f", "\u3164", "\ufe0f", "ａ", "𝐩", "ﬁ", "\u00a0", "’"]
)
def test_what_shows_nothing_or_looks_like_something_else_is_refused_in_any_column(column, put):
    columns = BASE.split(", ")
    columns[column] = columns[column][:1] + put + columns[column][1:]
    with pytest.raises(PolicyInvalid, match=r"line 1: U\+"):
        parse_policy(", ".join(columns))


@pytest.mark.parametrize("place", range(len(DENY)))
def test_no_missing_character_makes_a_deny_vanish(place):
    holds_or_is_refused(DENY[:place] + DENY[place + 1 :])


@pytest.mark.parametrize("separator", [";", "\t", "|", "，", ";\t", " ", "、", "\x1f"])
def test_other_separators_are_refused(separator):
    with pytest.raises(PolicyInvalid, match="line 2"):
        denials(f"{BASE}\n{DENY.replace(', ', separator)}")


FULL = "p, agent, tag:name, read, partial(3,4,4), allow, service, 2026-01-01, 2027-01-01, one"


@pytest.mark.parametrize("column", range(1, 10))
def test_a_tab_inside_a_column_is_refused(column):
    columns = FULL.split(", ")
    parse_policy(",\t".join(columns))
    columns[column] = f"{columns[column][:2]}\t{columns[column][2:]}"
    with pytest.raises(PolicyInvalid, match="line 1: a tab is no separator"):
        parse_policy(", ".join(columns))


@pytest.mark.parametrize("cell", ["(a", "a)", "((a))", ")a(", "(a)(", "a)(b", "(a))"])
def test_a_parenthesis_without_its_partner_is_refused(cell):
    [problem] = read_rows(f"p, one, {cell}").problems
    assert problem.message == "a parenthesis has no partner"
    assert read_rows("p, one, (a), f(b,c)(d)").rules[0].columns == ("one", "(a)", "f(b,c)(d)")


UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u3164\ufe00\ufe01\ufe0e\ufe0f"
)
UNSEEN += "\uffa0\U000e0100\U000e0101\U000e01ee\U000e01ef"
BESIDE_THEM = "\u034e\u0350\u115e\u1161\u17b3\u17b6\u1810\u3163\u3165\ufe20\uff9f"


@pytest.mark.parametrize("unseen", UNSEEN)
def test_letters_and_marks_that_show_nothing_are_refused(unseen):
    [problem] = read_rows(BASE.replace("granted", f"gr{unseen}nted")).problems
    assert problem.message.startswith(f"U+{ord(unseen):04X}")


@pytest.mark.parametrize("seen", BESIDE_THEM)
def test_what_stands_beside_them_in_unicode_is_a_letter_like_others(seen):
    assert not read_rows(BASE.replace("granted", f"gr{seen}nted")).problems


@pytest.mark.parametrize("quote", ['"', "'", "“"])
def test_quoted_columns_are_refused(quote):
    quoted = ", ".join(f"{quote}{column.strip()}{quote}" for column in DENY.split(","))
    with pytest.raises(PolicyInvalid, match="line 2"):
        denials(f"{BASE}\n{quoted}")


@pytest.mark.parametrize("first", ["P", "p2", "G", "policy", "p p", "ｐ", "р", "-p", "/p", "*p"])
def test_a_first_word_of_its_own_is_refused(first):
    with pytest.raises(PolicyInvalid, match="line 2"):
        denials(f"{BASE}\n{first}{DENY[1:]}")


@settings(max_examples=200, deadline=None)
@given(column=st.integers(0, 9), change=st.sampled_from((str.upper, str.title, str.swapcase)))
def test_letter_case_is_held_to(column, change):
    columns = DENY.split(", ")
    columns[column] = change(columns[column])
    holds_or_is_refused(", ".join(columns))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_both_line_ends_are_read_and_the_last_may_be_missing(ends, last):
    assert denials(ends.join(("# one", BASE, "", DENY)) + (ends if last else "")) == [MEANT]


@pytest.mark.parametrize("between", ["\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1e"])
def test_what_only_some_editors_break_at_is_refused_even_in_a_comment(between):
    for text in (f"{BASE}{between}{DENY}", f"# a comment{between}{DENY}\n{BASE}"):
        with pytest.raises(PolicyInvalid, match="line 1"):
            denials(text)


def test_a_comment_may_follow_a_rule_and_say_anything_readable():
    assert denials(f"{BASE} # 备注: “quoted”, ok\u00a0; 👩\u200d💻\n\t{DENY}\t# why") == [MEANT]


def test_every_wrong_line_is_told():
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(f"{BASE}\nP, x\n{DENY}\n{DENY};\n")
    assert [problem.line for problem in refused.value.problems] == [2, 4]
    assert "and 1 more" in refused.value.message


@pytest.mark.parametrize(
    "window",
    ["2027-01-01, 2026-01-01", "2026-01-01, 2026-01-01", "2026-01-01T01:00+01:00, 2026-01-01"],
)
def test_a_window_that_never_opens_is_refused(window):
    with pytest.raises(PolicyInvalid, match="line 2: rule denied: not_before"):
        denials(f"{BASE}\n{DENY.replace('*, , ,', f'*, {window},')}")


@pytest.mark.parametrize("before", [b"#\n", b"\n"])
@pytest.mark.parametrize("data", [b"p, a\xff", "p".encode("utf-16")])
def test_what_is_not_utf_8_is_refused_by_its_line(data, before):
    with pytest.raises(PolicyInvalid, match="line 2: the text is not UTF-8"):
        decode_policy(before + data)


names = st.sampled_from(("agent", "客服", "a.b:c/d", "team one"))
cells = st.sampled_from(("", "*", "tag:x", "T.f", "T.f(a:)", "partial(3, 4, 4)", "2026-01-01"))
blanks = st.sampled_from(("", " ", "\t", "  "))


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(st.tuples(names, *[cells] * 8), blanks), unique_by=lambda row: row[0]),
    links=st.lists(st.tuples(names, names), unique=True),
)
def test_what_is_written_plainly_is_read_as_casbin_reads_it(rows, links):
    lines = [",".join(f"{blank}{cell}{blank}" for cell in ("p", *row)) for row, blank in rows]
    lines += [f"g, {one}, {other}" for one, other in links]
    model = Model()
    model.load_model_from_text(model_text())
    enforcer = casbin.Enforcer(
        model, StringAdapter("\n".join(line.strip() for line in lines) or "\n")
    )
    found = read_rows("\n".join(lines))
    assert [list(row.columns) for row in found.rules] == enforcer.get_policy()
    assert [list(row.columns) for row in found.links] == enforcer.get_grouping_policy()
