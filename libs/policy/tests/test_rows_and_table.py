"""What one caller is shown of one customer: Casbin's answer, and the rows read by hand in Python.

Policies, roles kept apart, purposes, rows, consents, attributes and times are random.
"""

import json
from dataclasses import replace

from c360_policy.casbin import enforcer_for
from c360_policy.reading.rows import parse_rows
from c360_policy.row_policy import row_policy_of
from c360_policy.rows.scoping import scope_for
from c360_policy.table import compile_table
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.policy.tests.test_policy_table import COORDINATES, NOW, ROLES, casbin_says, policies
from libs.policy.tests.test_rows_scope import ATTRIBUTES, ROWS, TRAITS, TREES, seen

ALL_ROLES = (*ROLES, "base")
ENTRANCES = ("*", "Query.*", "Query.customer", "Query.customer(id:)")
PURPOSES = ("service", "marketing", "")
TIMES = (NOW, 599_999.0, 600_000.0, 1_199_999.0, 1_200_000.0)
STATUSES = st.dictionaries(
    st.sampled_from(PURPOSES[:2]), st.sampled_from(["granted", "denied", "withdrawn"])
)
some_roles = st.lists(st.sampled_from(ALL_ROLES), min_size=1, max_size=2, unique=True)
consent_rules = st.fixed_dictionaries(
    {"object": st.sampled_from(["tag:phone", "tag:email", "Profile.title", "Profile.phone"])},
    optional={
        "purposes": st.lists(st.sampled_from(PURPOSES[:2]), min_size=1, max_size=2, unique=True),
        "roles": some_roles,
    },
)
pairs = st.fixed_dictionaries(
    {
        "roles": st.lists(st.sampled_from(ALL_ROLES), min_size=2, max_size=2, unique=True),
        "token": st.sampled_from(["refused", "warned"]),
    }
)
row_rules = st.fixed_dictionaries(
    {},
    optional={
        "rows": st.dictionaries(
            st.sampled_from((*ALL_ROLES, "*")),
            TREES | st.sampled_from(["everybody", "none"]),
            max_size=3,
        ),
        "consent": st.lists(consent_rules, max_size=2),
        "apart": st.lists(pairs, max_size=1),
    },
)


@settings(max_examples=100, deadline=None)
@given(
    policy=policies(),
    row_rules=row_rules,
    roles=st.frozensets(st.sampled_from(ROLES), max_size=2),
    purpose=st.sampled_from(PURPOSES),
    now=st.sampled_from(TIMES),
    customers=ROWS,
    statuses=STATUSES,
    attributes=ATTRIBUTES,
)
def test_what_is_compiled_shows_what_casbin_and_the_rows_by_hand_say(
    policy, row_rules, roles, purpose, now, customers, statuses, attributes
):
    whole = replace(policy, rows=parse_rows(json.dumps(row_rules)) if row_rules else policy.rows)
    table = compile_table(whole, roles, purpose, COORDINATES, now)
    rows = row_policy_of(whole, roles, purpose, COORDINATES, now)
    carried = tuple((name, tuple(values)) for name, values in sorted(attributes.items()))
    scope = scope_for(rows.rules, "a", carried, TRAITS)
    enforcer = enforcer_for(policy, purpose, now)
    is_apart = is_kept_apart(row_rules, policy, roles)
    # Each part by itself: what one of them hides, the others cannot show to be wrong.
    visible = [
        is_told_of(row_rules, policy, roles, purpose, now, one, attributes) for one in customers
    ]
    assert [scope.holds(values_of(one)) for one in customers] == visible
    for coordinate, tags in COORDINATES.items():
        by_casbin = casbin_says(enforcer, roles, coordinate, tags, "read")
        decision = "deny" if is_apart else by_casbin
        assert str(table.read(coordinate)) == decision
        needed = needs_consent(row_rules, policy, roles, purpose, coordinate, tags)
        assert (coordinate in rows.consented) == needed
        granted = bool(purpose) and statuses.get(purpose) == "granted"
        for one, is_seen in zip(customers, visible, strict=True):
            shown = decision if is_seen and (granted or not needed) else "deny"
            assert shown_of(table, rows, scope, coordinate, one, granted) == shown


def shown_of(table, rows, scope, coordinate, customer, is_granted):
    """What the product decides of one value."""
    is_shown = scope.holds(values_of(customer))
    if coordinate in rows.consented:
        is_shown = is_shown and is_granted
    return str(table.read(coordinate)) if is_shown else "deny"


def values_of(customer):
    return {name: tuple(v) if isinstance(v, list) else v for name, v in customer.items()}


def including(policy, role):
    """A role and all that it includes."""
    found, waiting = set(), [role]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += policy.inherits.get(one, ())
    return found


def held_by(policy, roles):
    return set().union(*(including(policy, one) for one in roles))


def is_kept_apart(row_rules, policy, roles):
    held = held_by(policy, roles)
    refused = [one["roles"] for one in row_rules.get("apart", ()) if one["token"] == "refused"]
    return any(set(pair) <= held for pair in refused)


def needs_consent(row_rules, policy, roles, purpose, coordinate, tags):
    held = held_by(policy, roles)
    for one in row_rules.get("consent", ()):
        is_applicable = "purposes" not in one or purpose in one["purposes"]
        speaks = "roles" not in one or bool(held & set(one["roles"]))
        if (
            is_applicable
            and speaks
            and one["object"] in {coordinate, *(f"tag:{tag}" for tag in tags)}
        ):
            return True
    return False


def is_told_of(row_rules, policy, roles, purpose, now, customer, attributes):
    """Whether any role that counts sees a customer; where none counts, everybody is seen."""
    rules = row_rules.get("rows", {})
    counting = [one for role in roles for one in rules_of(role, rules, policy, purpose, now)]
    known = {**attributes, "sub": ["a"]}
    return not counting or any(one is None or seen(one, customer, known) for one in counting)


def rules_of(role, rules, policy, purpose, now):
    """The rules of a role; None: it sees everybody."""
    if not rules:
        return []
    found = nearest(role, rules, policy)
    if found:
        return found
    if "*" in rules:
        return [rules["*"]]
    return [None] if opens(role, policy, purpose, now) else []


def nearest(role, rules, policy):
    if role in rules:
        return [rules[role]]
    return [one for base in policy.inherits.get(role, ()) for one in nearest(base, rules, policy)]


def opens(role, policy, purpose, now):
    return any(
        rule.role in including(policy, role)
        and (rule.act, rule.effect) == ("read", "allow")
        and rule.obj in ENTRANCES
        and rule.purpose in ("*", purpose)
        and rule.not_before <= now < rule.not_after
        for rule in policy.rules
    )
