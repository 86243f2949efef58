"""Row rules with a caller's attributes: in Python, in SQL and by hand they choose the same rows."""

import json
import sqlite3

import pytest
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.plain import condition_text, read_condition_text
from c360_kernel.conditions.sqlite import sql_of
from c360_kernel.conditions.tree import EVERYBODY, NOBODY
from c360_policy.reading.parsing import parse_policy
from c360_policy.row_policy import row_policy_of
from c360_policy.rows.scoping import scope_for
from hypothesis import given
from hypothesis import strategies as st

TRAITS = {
    "owner": TraitType("owner", "string", "public", "latest", row_rule=True),
    "team": TraitType("team", "string", "public", "latest", row_rule=True),
    "level": TraitType("level", "int", "public", "latest", row_rule=True),
    "tags": TraitType("tags", "strings", "public", "union", row_rule=True),
    "city": TraitType("city", "string", "public", "latest"),
}
TEXTS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(0, 3)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["team", "level"]), st.lists(st.sampled_from("abc0123"), min_size=1, max_size=2)
)


def leaf(trait, operators, values):
    plain = st.fixed_dictionaries(
        {"trait": st.just(trait), "op": st.sampled_from(operators), "value": values}
    )
    absence = st.fixed_dictionaries(
        {"trait": st.just(trait), "op": st.sampled_from(["exists", "missing"])}
    )
    return plain | absence


TEXT_VALUES = TEXTS | st.sampled_from(["$sub", "$team", "$nothing"])
LEAVES = (
    leaf("owner", ["equals", "not_equals", "starts_with"], TEXT_VALUES)
    | leaf("team", ["equals", "not_equals", "contains"], TEXT_VALUES)
    | leaf("level", ["equals", "at_least", "less_than"], NUMBERS | st.just("$level"))
    | leaf("tags", ["contains"], TEXT_VALUES)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)
RULES = st.lists(TREES | st.sampled_from(["none", "everybody"]), min_size=1, max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "owner": TEXTS,
            "team": TEXTS,
            "level": NUMBERS,
            "tags": st.lists(TEXTS, max_size=2, unique=True),
        },
    ),
    max_size=8,
)


@given(RULES, ROWS, ATTRIBUTES, st.sampled_from(["a", "b"]))
def test_a_rule_means_the_same_by_hand_in_python_and_in_sql(rules, rows, attributes, subject):
    carried = tuple((name, tuple(values)) for name, values in sorted(attributes.items()))
    scope = scope_for(rules, subject, carried, TRAITS)
    assert read_condition_text(condition_text(scope)) == scope
    known = {**attributes, "sub": [subject]}
    by_hand = [any(seen(rule, row, known) for rule in rules) for row in rows]
    values = [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
    assert [scope.holds(row) for row in values] == by_hand
    assert in_sql(scope, rows) == by_hand


def in_sql(scope, rows):
    bound = []

    def bind(value):
        bound.append(value)
        return f"?{len(bound)}"

    statement = sql_of(scope, "said", bind)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE row(id INTEGER PRIMARY KEY, said TEXT)")
    database.executemany("INSERT INTO row(said) VALUES (?)", [(json.dumps(one),) for one in rows])
    return [bool(one) for (one,) in database.execute(f"SELECT {statement} FROM row", bound)]


class Missing(Exception):
    """The caller has no such attribute, or it is nothing to compare with."""


def seen(rule, row, known):
    """Whether a row is certainly one that the rule means: told apart from the product's way."""
    if isinstance(rule, str):
        return rule == "everybody"
    try:
        return truth(rule, row, known) is True
    except Missing:
        return False


def truth(tree, row, known):
    """True, false or None (not known), as Kleene's strong logic has it."""
    if "not" in tree:
        inner = truth(tree["not"], row, known)
        return None if inner is None else not inner
    for word, decides in (("all", False), ("any", True)):
        if word in tree:
            parts = [truth(one, row, known) for one in tree[word]]
            return decides if decides in parts else (None if None in parts else not decides)
    return outcome_of(tree, row, known)


def outcome_of(test, row, known):
    name, operator = test["trait"], test["op"]
    actual = row.get(name)
    wanted = wanted_of(test, known) if "value" in test else [None]
    if operator in ("exists", "missing"):
        return (actual is not None) == (operator == "exists")
    if operator in ("at_least", "less_than") and len(wanted) > 1:
        raise Missing
    if actual is None:
        return None
    match operator:
        case "equals":
            return actual in wanted
        case "not_equals":
            return actual not in wanted
        case "starts_with":
            return any(actual.startswith(one) for one in wanted)
        case "contains":
            return any(one in actual for one in wanted)
    return actual >= wanted[0] if operator == "at_least" else actual < wanted[0]


def wanted_of(test, known):
    value = test["value"]
    if not (isinstance(value, str) and value.startswith("$")):
        return [value]
    if value[1:] not in known:
        raise Missing
    texts = known[value[1:]]
    try:
        return [int(one) for one in texts] if test["trait"] == "level" else texts
    except ValueError:
        raise Missing from None


def test_a_missing_attribute_sees_nobody_also_under_not():
    rule = {"not": {"trait": "team", "op": "equals", "value": "$team"}}
    assert scope_for([rule], "a", (), TRAITS) == NOBODY
    assert scope_for([rule, "everybody"], "a", (), TRAITS) == EVERYBODY


def test_what_the_catalog_does_not_mark_any_more_sees_nobody():
    assert scope_for([{"trait": "city", "op": "exists"}], "a", (), TRAITS) == NOBODY


POLICY = """
p, all, *, read, , allow, *, , , all
p, some, Query.*, read, , allow, *, , , some
p, late, *, read, , allow, *, , 2001-01-01T00:00:00Z, late
p, writes, Mutation.*, write, , allow, *, , , writes
p, writes, ItemResult.*, read, , allow, *, , , results
p, extra, tag:phone, read, , allow, *, , , extra
g, below, some
g, twice, below
g, mixed, some
g, mixed, all
"""
RULED = "rows:\n  some: {trait: owner, op: equals, value: $sub}\n"
SOME = {"trait": "owner", "op": "equals", "value": "$sub"}


@pytest.mark.parametrize(
    ("roles", "rules"),
    [
        (["some"], (SOME,)),
        (["all"], (None,)),
        (["some", "all"], (None, SOME)),
        (["below"], (SOME,)),
        (["twice"], (SOME,)),
        (["mixed"], (SOME,)),
        (["some", "writes"], (SOME,)),
        (["some", "extra"], (SOME,)),
        (["some", "late"], (SOME,)),
        (["some", "unheard_of"], (SOME,)),
        (["writes"], ()),
    ],
)
def test_roles_take_the_rules_of_what_they_include_and_only_entrances_lift(roles, rules):
    policy = parse_policy(POLICY, RULED)
    assert row_policy_of(policy, roles, "", {}, 1e12).rules == rules


def test_the_star_speaks_for_every_role_that_has_no_rule():
    policy = parse_policy(POLICY, RULED + '  "*": none\n  all: everybody\n')
    assert row_policy_of(policy, ["writes"], "", {}, 1e12).rules == ("none",)
    assert row_policy_of(policy, ["all"], "", {}, 1e12).rules == ("everybody",)
    assert row_policy_of(policy, ["extra", "some"], "", {}, 1e12).rules == ("none", SOME)


def test_of_several_roles_the_one_that_hides_least_wins():
    text = "smallestGroup: {some: 10, all: 5}\nvolume: {some: {customersPerHour: 9}}\n"
    policy = parse_policy(POLICY, text)
    both = row_policy_of(policy, ["some", "all"], "", {}, 1e12)
    assert (both.smallest_group, both.volume.per_hour) == (5, None)
    one = row_policy_of(policy, ["twice", "writes"], "", {}, 1e12)
    assert (one.smallest_group, one.volume.per_hour) == (10, 9)


def test_consents_are_asked_for_by_purpose_role_and_tag():
    text = 'consent:\n  - {object: "tag:email", purposes: [marketing], roles: [some]}\n'
    policy = parse_policy(POLICY, text)
    coordinates = {"Profile.email": frozenset({"email"}), "Profile.city": frozenset({"city"})}
    found = row_policy_of(policy, ["twice"], "marketing", coordinates, 1e12)
    assert found.consented == {"Profile.email"}
    assert not row_policy_of(policy, ["some"], "service", coordinates, 1e12).consented
    assert not row_policy_of(policy, ["all"], "marketing", coordinates, 1e12).consented


def test_what_is_made_of_something_needs_the_consent_that_this_needs():
    policy = parse_policy(POLICY, "consent:\n  - {object: Profile.spent}\n")
    made = {"AccountRollUps.most": ("Profile.spent",), "AccountRollUps.people": ("Profile.tier",)}
    found = row_policy_of(policy, ["some"], "marketing", {}, 1e12, made)
    assert found.consented == {"Profile.spent", "AccountRollUps.most"}
