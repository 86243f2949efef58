"""Operations of the past under another policy: what changes, for whom, in how many."""

from c360_policy.trying.deciding import Decider
from c360_policy.trying.replaying import Past, PastUse, Point, replay

from libs.policy.tests.trying.grounds import GROUND, NOW, UNASKED, policy, rule

LEAVES = UNASKED.leaves
MASKED = rule("tag:phone", mask="hash")


def past(*uses, key="k", principal="ann", roles=("agent",), purpose="", operations=1):
    return Past(key, principal, roles, purpose, tuple(PastUse(*one) for one in uses), operations)


def changes_of(candidate, *operations, opened=frozenset()):
    return replay(operations, Decider(candidate, GROUND), LEAVES, opened, NOW)


SEEN = ("Profile.phone", "select", "mask:hash")


def test_what_would_be_answered_alike_is_no_change():
    found = changes_of(policy(rule(), MASKED), past(SEEN, ("Profile.title", "select", "allow")))
    assert (found.operations, found.affected.operations, found.changes) == (1, 0, [])


def test_operations_and_principals_are_counted_once_each_for_every_change():
    both = (SEEN, ("Profile.email", "select", "allow"))
    found = changes_of(
        policy(MASKED),
        past(*both, key="a", operations=3),
        past(*both, key="b", principal="bob"),
        past(SEEN, key="c", principal="cid"),
    )
    [(point, reach)] = found.changes
    assert point == Point(("agent",), "", "select", "Profile.email", "allow", "deny")
    assert (reach.operations, reach.principals, reach.keys) == (4, {"ann", "bob"}, {"a", "b"})
    assert (found.operations, found.affected.operations) == (5, 4)
    assert found.coordinates == ["Profile.email"]


def changed(candidate, *uses, **who):
    return {
        (point.use, point.coordinate): point.after
        for point, _ in changes_of(candidate, past(*uses, **who)).changes
    }


def test_a_mask_shows_a_value_and_lets_nothing_else_be_done():
    uses = [
        ("Profile.phone", "select", "allow"),
        ("Profile.phone", "requires", "allow"),
        ("CustomerFilter.phone", "filter", "allow"),
        ("CustomerFilter.phone", "sort", "allow"),
    ]
    assert changed(policy(MASKED), *uses) == {
        ("select", "Profile.phone"): "mask:hash",
        ("requires", "Profile.phone"): "deny",
        ("filter", "CustomerFilter.phone"): "deny",
        ("sort", "CustomerFilter.phone"): "deny",
    }
    by_filter = policy(MASKED, rule("tag:phone", act="filter"))
    assert ("filter", "CustomerFilter.phone") not in changed(by_filter, *uses)


def test_a_mask_on_what_is_no_value_denies_it():
    shown = ("Customer.profile", "select", "allow")
    assert changed(policy(rule("Customer.profile", mask="redact")), shown) == {
        ("select", "Customer.profile"): "deny"
    }


def test_what_a_mutation_is_given_goes_with_it_unless_a_rule_or_a_tag_speaks():
    uses = [
        ("Mutation.upsertRecords", "write", "allow"),
        ("Mutation.upsertRecords(records:)", "write", "allow"),
        ("TraitsInput.phone", "write", "allow"),
    ]
    assert changed(policy(rule("Mutation.*", act="write")), *uses) == {}
    deny = rule("tag:phone", act="write", effect="deny")
    assert changed(policy(rule("Mutation.*", act="write"), deny), *uses) == {
        ("write", "TraitsInput.phone"): "deny"
    }
    assert len(changed(policy(rule()), *uses)) == 3
    decided = ("Mutation.decide", "write", "deny")
    tagged = policy(rule("tag:identity_decision", act="write"))
    assert changed(tagged, decided) == {("write", "Mutation.decide"): "allow"}


def test_what_the_schema_no_longer_has_is_named_and_not_judged():
    found = changes_of(policy(MASKED), past(SEEN, ("Profile.gone", "select", "allow")))
    assert (found.changes, found.unknown) == ([], ["Profile.gone"])


def test_a_role_that_was_open_then_is_open_under_a_policy_that_has_it_opened_too():
    glass = policy(
        rule("role:rescue", act="break_glass"), rule("tag:phone", mask="hash", role="rescue")
    )
    seen = past(SEEN, roles=("agent", "rescue"))
    assert changes_of(glass, seen, opened=frozenset({"rescue"})).changes == []
    # It was everybody's then, and would have had to be opened.
    [(point, _)] = changes_of(glass, seen).changes
    assert point.after == "deny"


def test_each_operation_is_decided_for_its_own_purpose():
    candidate = policy(rule("tag:phone", mask="hash", purpose="service"))
    assert changed(candidate, SEEN, purpose="service") == {}
    assert changed(candidate, SEEN, purpose="marketing") != {}
