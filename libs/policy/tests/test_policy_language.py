"""The acts of the language: filter and export beside read, and roles opened for a while."""

import pytest
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known, refuse_unknown, unknown_names
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.schema.reach import inapplicable_types
from c360_policy.table import compile_table
from graphql import build_schema

NOW = 1_000_000.0
SCHEMA = build_schema("""
enum Sorted { PHONE }
input Text { equals: String }
input Wanted { phone: Text }
type Profile { phone: String tier: String }
type Query { people(filter: Wanted, orderBy: Sorted, first: Int): [Profile] }
""")
PHONE = frozenset({"phone"})
TAGS = {"Profile.phone": PHONE, "Wanted.phone": PHONE, "Sorted.PHONE": PHONE}
COORDINATES = coordinates_of(SCHEMA, TAGS)
KNOWN = Known(COORDINATES, None, inapplicable_types(SCHEMA))
READ = "p, a, tag:phone, read, , allow, *, , , see\n"
MASKED = "p, a, tag:phone, read, hash, allow, *, , , see\n"


def table(text, now=NOW, roles=("a",)):
    return compile_table(parse_policy(text), roles, "", COORDINATES, now)


def rule(act, effect, obj="tag:phone", window=", ", role="a", name="own"):
    return f"p, {role}, {obj}, {act}, , {effect}, *, {window}, {name}\n"


@pytest.mark.parametrize(
    ("text", "filtering"),
    [
        ("", "deny"),
        (READ, "allow"),
        (MASKED, "mask:hash"),
        (READ + rule("filter", "deny"), "deny"),
        (MASKED + rule("filter", "allow"), "allow"),
        (rule("filter", "allow"), "allow"),
        (rule("filter", "allow", "*"), "deny"),
        (rule("filter", "allow", "Wanted.*"), "deny"),
        (READ + rule("filter", "deny", "*"), "deny"),
        (READ + rule("filter", "deny", "Sorted.PHONE"), "allow"),
        (READ + rule("filter", "allow", window="2001-01-01T00:00:00Z, "), "allow"),
        (rule("filter", "allow", window=", 1970-01-01T00:16:40Z"), "deny"),
    ],
)
def test_filtering_follows_reading_unless_a_rule_says_otherwise(text, filtering):
    assert str(table(text).filtering("Wanted.phone")) == filtering


@pytest.mark.parametrize(
    ("text", "exporting"),
    [
        (READ, "deny"),
        (READ + rule("export", "allow"), "allow"),
        (MASKED + rule("export", "allow"), "mask:hash"),
        (rule("export", "allow"), "deny"),
        (READ + rule("export", "allow", "*"), "deny"),
        (READ + rule("export", "allow") + rule("export", "deny", "*", name="no"), "deny"),
    ],
)
def test_what_leaves_in_bulk_is_read_and_allowed_to_leave(text, exporting):
    assert str(table(text).exporting("Profile.phone")) == exporting


COMPARED = {
    "Query.people(filter:)", "Query.people(orderBy:)", "Wanted.phone", "Text.equals", "Sorted.PHONE"
}  # fmt: skip
SHOWN = {"Profile.phone", "Profile.tier", "Query.people"}


def is_refused(act, obj):
    try:
        refuse_unknown(
            parse_policy(rule("read", "allow", "*") + rule(act, "deny", obj, name="no")), KNOWN
        )
    except PolicyInvalid as error:
        assert f"act {act} is never asked of {obj!r}" in error.message
        return True
    return False


@pytest.mark.parametrize("coordinate", sorted(COORDINATES))
def test_a_deny_of_filtering_or_leaving_is_taken_where_it_is_asked(coordinate):
    assert is_refused("filter", coordinate) == (coordinate not in COMPARED)
    assert is_refused("export", coordinate) == (coordinate not in SHOWN)


OPENS = rule("break_glass", "allow", "role:rescue")
RESCUE = rule("read", "allow", role="rescue", name="all")


def test_a_role_that_is_opened_holds_for_nobody_else():
    policy = parse_policy(OPENS + RESCUE)
    assert policy.active_roles(("a", "rescue")) == ("a",)
    assert policy.active_roles(("a",), ("rescue",)) == ("a", "rescue")
    assert policy.glass_roles == {"rescue"}


@pytest.mark.parametrize(
    ("text", "may"),
    [
        (OPENS, "allow"),
        ("", "deny"),
        (OPENS + rule("break_glass", "deny", "role:rescue", name="no"), "deny"),
        (rule("break_glass", "allow", "role:rescue", window=", 1970-01-01T00:16:40Z"), "deny"),
        (rule("break_glass", "allow", "role:rescue", role="b"), "deny"),
    ],
)
def test_who_may_open_a_role_is_said_by_rules(text, may):
    found = table(text + RESCUE).opening("rescue")
    assert found.action == may


def test_no_role_includes_one_that_is_opened():
    with pytest.raises(PolicyInvalid, match="line 3: role 'rescue' is opened for a while"):
        parse_policy(OPENS + RESCUE + "g, b, rescue\n")


@pytest.mark.parametrize("obj", ["*", "tag:phone", "Profile.*", "rescue"])
def test_what_is_opened_is_one_role(obj):
    with pytest.raises(PolicyInvalid, match="break_glass is about role:NAME"):
        parse_policy(rule("break_glass", "allow", obj))


def test_a_role_to_open_that_nobody_knows_is_told():
    findings = unknown_names(parse_policy(rule("break_glass", "allow", "role:rescue")), KNOWN)
    assert ["no role 'rescue' is known" in one.message for one in findings.doubtful] == [True]
    denied = rule("read", "allow") + rule("break_glass", "deny", "role:rescu", name="no") + RESCUE
    assert len(unknown_names(parse_policy(denied), KNOWN).refused) == 1
