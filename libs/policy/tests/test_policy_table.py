"""The compiled table says what Casbin says, and fails closed."""

import random
from pathlib import Path

import pytest
from c360_policy.casbin import enforcer_for
from c360_policy.errors import PolicyInvalid
from c360_policy.mask.spec import MaskSpec, openness, parse_mask
from c360_policy.reading.parsing import policy_of
from c360_policy.rule import DENY_ALL, Policy
from c360_policy.table import NO_RIGHTS, Access, compile_table
from hypothesis import given, settings
from hypothesis import strategies as st

COORDINATES = {
    "Query.customer": frozenset(),
    "Query.customer(id:)": frozenset(),
    "Profile.phone": frozenset({"phone"}),
    "Profile.title": frozenset(),
    "Profile.both": frozenset({"phone", "email"}),
    "CustomerFilter.phone": frozenset({"phone"}),
    "Mutation.upsertRecords": frozenset(),
    "Mutation.upsertRecords(records:)": frozenset(),
}
MASKS = ("", "partial(3,4,4)", "partial(1,1,2)", "hash", "redact", "null")
ROLES = ("agent", "analyst", "officer")
NOW = 1_000_000.0

ACTS = ("read", "write", "lookup", "filter", "export")
GLASS = ("rescue", "night")

objects = st.sampled_from(
    (*COORDINATES, "*", "Profile.*", "Query.*", "Mutation.*", "tag:phone", "tag:email")
)
BEFORE, AFTER = "1970-01-01T00:10:00Z", "1970-01-01T00:20:00Z"
OPEN = ("", "")
windows = st.sampled_from(
    (OPEN, OPEN, OPEN, (BEFORE, ""), (AFTER, ""), ("", BEFORE), ("", AFTER), (BEFORE, AFTER))
)


@st.composite
def lines(draw):
    effect = draw(st.sampled_from(("allow", "allow", "allow", "deny")))
    act = draw(st.sampled_from(("read", "read", *ACTS, "break_glass")))
    mask = draw(st.sampled_from(MASKS)) if effect == "allow" and act == "read" else ""
    purpose = draw(st.sampled_from(("*", "*", "*", "service", "marketing")))
    role = draw(st.sampled_from(("agent", "agent", *ROLES, "base")))
    roles = st.sampled_from([f"role:{one}" for one in GLASS])
    obj = draw(roles if act == "break_glass" else objects)
    return [role, obj, act, mask, effect, purpose, *draw(windows)]


@st.composite
def policies(draw):
    rules = [[*line, f"r{n}"] for n, line in enumerate(draw(st.lists(lines(), max_size=12)))]
    links = draw(st.lists(st.sampled_from((("agent", "base"), ("officer", "agent"))), max_size=2))
    return policy_of(rules, [list(link) for link in set(links)])


def casbin_says(enforcer, roles, coordinate, tags, act):
    """The decision by asking Casbin about every mask and every tag, for a user in all roles."""
    for role in roles:
        enforcer.add_grouping_policy("somebody", role)
    per_tag = []
    for tag in sorted(tags) or [""]:
        given_masks = [
            mask for mask in MASKS if enforcer.enforce("somebody", coordinate, tag, act, mask)
        ]
        if not given_masks:
            return "deny"
        per_tag.append(min(given_masks, key=hidden))
    strictest = max(per_tag, key=hidden)
    return f"mask:{strictest}" if strictest else "allow"


def hidden(mask):
    return openness(parse_mask(mask)) if mask else (-1,)


@settings(max_examples=150, deadline=None)
@given(
    policy=policies(),
    roles=st.frozensets(st.sampled_from(ROLES), max_size=2),
    purpose=st.sampled_from(("service", "marketing", "")),
    now=st.sampled_from((NOW, 599_999.0, 600_000.0, 1_199_999.0, 1_200_000.0)),
)
def test_the_table_decides_as_casbin_enforces(policy, roles, purpose, now):
    table = compile_table(policy, roles, purpose, COORDINATES, now)
    enforcer = enforcer_for(policy, purpose, now)
    for coordinate, tags in COORDINATES.items():
        found = casbin_says(enforcer, roles, coordinate, tags, "read")
        assert str(table.read(coordinate)) == found, coordinate
        found = casbin_says(enforcer, roles, coordinate, tags, "write")
        assert str(table.write(coordinate)) == found, coordinate
        found = casbin_says(enforcer, roles, coordinate, tags, "lookup")
        assert str(table.lookup(coordinate)) == found, coordinate
        found = casbin_says(enforcer, roles, coordinate, tags, "filter")
        assert str(table.filter(coordinate)) == found, coordinate
        found = casbin_says(enforcer, roles, coordinate, tags, "export")
        assert str(table.export(coordinate)) == found, coordinate
    for role in GLASS:
        found = casbin_says(enforcer, roles, f"role:{role}", (), "break_glass")
        assert str(table.opening(role)) == found, role


@settings(max_examples=100, deadline=None)
@given(policy=policies(), seed=st.randoms(use_true_random=False))
def test_the_order_of_lines_means_nothing(policy, seed: random.Random):
    rules = list(policy.rules)
    seed.shuffle(rules)
    shuffled = Policy(tuple(rules), policy.inherits)
    assert shuffled.version == policy.version
    one, other = (compile_table(p, ROLES, "service", COORDINATES, NOW) for p in (policy, shuffled))
    assert one.fingerprint == other.fingerprint


@settings(max_examples=100, deadline=None)
@given(policy=policies(), obj=objects, act=st.sampled_from(ACTS))
def test_tables_share_caches_only_while_no_rule_denies_more(policy, obj, act):
    deny = policy_of([["agent", obj, act, "", "deny", "*", "", "", "one-more"]], []).rules
    more = Policy((*policy.rules, *deny), policy.inherits)
    one, other = (compile_table(p, ["agent"], "", COORDINATES, NOW) for p in (policy, more))
    assert (_denied_by_rules(one) == _denied_by_rules(other)) == (
        one.fingerprint == other.fingerprint
    )


def _denied_by_rules(table):
    acts = (table.reads, table.writes, table.lookups, table.filters, table.exports)
    return [
        {name for name, found in decided.items() if found.action == "deny" and found.rule_ids}
        for decided in acts
    ]


@settings(max_examples=100, deadline=None)
@given(policy=policies(), roles=st.frozensets(st.sampled_from(ROLES)))
def test_a_decision_holds_until_the_moment_it_names(policy, roles):
    table = compile_table(policy, roles, "service", COORDINATES, NOW)
    just_before = min(table.valid_until - 1, NOW + 10_000_000)
    later = compile_table(policy, roles, "service", COORDINATES, just_before)
    assert later.fingerprint == table.fingerprint


def rule(role="agent", obj="*", act="read", mask="", effect="allow", purpose="*", rule_id="r1"):
    return [role, obj, act, mask, effect, purpose, "", "", rule_id]


def read(rules, coordinate, roles=("agent",), links=(), purpose="service", now=NOW):
    policy = policy_of(list(rules), [list(link) for link in links])
    return compile_table(policy, roles, purpose, COORDINATES, now).read(coordinate)


def test_no_rule_denies():
    assert compile_table(DENY_ALL, ROLES, "", COORDINATES, NOW).read("Query.customer").action == (
        "deny"
    )


def test_a_coordinate_nobody_declared_is_denied():
    assert read([rule()], "Profile.unheardOf").action == "deny"


def test_a_wildcard_never_grants_a_tagged_coordinate():
    rules = [rule(obj="*"), rule(obj="Profile.*", rule_id="r2")]
    assert read(rules, "Profile.title").action == "allow"
    assert read(rules, "Profile.phone").action == "deny"


def test_a_wildcard_denies_what_a_tag_grants():
    rules = [rule(obj="tag:phone"), rule(obj="Profile.*", effect="deny", rule_id="r2")]
    decision = read(rules, "Profile.phone")
    assert (decision.action, decision.rule_ids) == ("deny", ("r2",))


def test_every_tag_of_a_coordinate_has_to_be_granted():
    phone, email = rule(obj="tag:phone"), rule(obj="tag:email", mask="hash", rule_id="r2")
    assert read([phone], "Profile.both").action == "deny"
    assert read([phone, email], "Profile.both").mask == MaskSpec("hash")


def test_of_two_grants_the_more_open_one_wins_and_is_named():
    rules = [rule(obj="tag:phone", mask="redact"), rule(obj="Profile.phone", rule_id="clear")]
    decision = read(rules, "Profile.phone")
    assert (decision.action, decision.rule_ids) == ("allow", ("clear",))


def test_an_argument_follows_its_field_unless_it_is_tagged():
    assert read([rule(obj="Query.customer")], "Query.customer(id:)").action == "allow"


def test_a_grant_that_expired_or_has_not_begun_does_not_count():
    expired = [*rule()[:6], "", "1970-01-01T00:10:00Z", "old"]
    coming = [*rule()[:6], "1970-01-01T00:20:00Z", "", "new"]
    assert read([expired], "Query.customer").action == "deny"
    waiting = read([coming], "Query.customer")
    assert (waiting.action, waiting.valid_until) == ("deny", 1_200_000)
    assert read([coming], "Query.customer", now=1_200_000).action == "allow"


def test_another_purpose_grants_nothing():
    rules = [rule(purpose="marketing")]
    assert read(rules, "Query.customer", purpose="service").action == "deny"
    assert read(rules, "Query.customer", purpose="marketing").action == "allow"


def test_roles_are_inherited_over_several_steps():
    links = [("agent", "b"), ("b", "c")]
    assert read([rule(role="c")], "Query.customer", links=links).action == "allow"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (rule(act="raed"), "act"),
        (rule(effect="maybe"), "eft"),
        (rule(mask="blur"), "mask"),
        (rule(act="write", mask="hash"), "mask"),
        (rule(role=""), "role"),
        (rule(rule_id=""), "rule_id"),
        (rule()[:5], "columns"),
        ([*rule()[:6], "yesterday", "", "r1"], "r1"),
    ],
)
def test_a_wrong_line_is_refused_by_its_rule_and_column(line, named):
    with pytest.raises(PolicyInvalid, match=named):
        policy_of([line], [])


def test_a_rule_id_names_one_rule():
    with pytest.raises(PolicyInvalid, match="twice"):
        policy_of([rule(), rule()], [])


def test_a_chain_longer_than_casbin_follows_is_refused():
    links = [[f"r{n}", f"r{n + 1}"] for n in range(11)]
    with pytest.raises(PolicyInvalid, match="steps"):
        policy_of([rule()], links)
    policy_of([rule()], links[:9])


def test_the_whole_shipped_policy_loads(tmp_path: Path):
    from c360_policy.store.files import FilePolicyStore
    from c360_policy.store.shipped import copy_default_policy
    from c360_policy.store.versions import VersionFiles

    copy_default_policy(tmp_path)
    assert FilePolicyStore(tmp_path, VersionFiles(tmp_path / "versions")).current().rules


@pytest.mark.parametrize(
    ("rules", "forbidden"),
    [
        ([], False),
        ([rule(obj="Profile.phone", act="write")], False),
        ([rule(obj="Profile.phone", act="write", effect="deny")], True),
        ([rule(obj="tag:phone", act="write", effect="deny")], True),
        ([rule(obj="Profile.phone", effect="deny")], False),
    ],
)
def test_writing_a_value_is_forbidden_by_a_rule_about_writing_it(rules, forbidden):
    table = compile_table(policy_of(rules, []), ("agent",), "service", COORDINATES, NOW)
    assert table.forbids_writing("Profile.phone") is forbidden


def test_what_nobody_knows_may_not_be_written():
    rules = [rule(act="write")]
    table = compile_table(policy_of(rules, []), ("agent",), "service", COORDINATES, NOW)
    assert table.forbids_writing("Profile.unheardOf")
    assert table.write("Profile.unheardOf").action == "deny"


def test_tables_that_show_the_schema_differently_share_nothing():
    rules = [rule(), rule(obj="*", act="introspect", rule_id="r2")]
    one, other = (
        compile_table(policy_of(few, []), ("agent",), "service", COORDINATES, NOW)
        for few in (rules, rules[:1])
    )
    assert one.may_introspect and not other.may_introspect
    assert one.reads == other.reads and one.fingerprint != other.fingerprint


def test_whoever_nothing_was_decided_for_may_do_nothing():
    rights = (NO_RIGHTS.read, NO_RIGHTS.write, NO_RIGHTS.lookup, NO_RIGHTS.filter)
    for act in (*rights, NO_RIGHTS.export, NO_RIGHTS.opening):
        assert act("Query.customer") == Access("deny")
    assert not NO_RIGHTS.may_introspect and not NO_RIGHTS.may_ask_ad_hoc
    assert NO_RIGHTS.forbids_writing("Query.customer")


def test_a_rule_counts_from_its_first_moment_until_before_its_last():
    line = [*rule()[:6], BEFORE, AFTER, "r1"]
    times = (599_999, 600_000, 1_199_999, 1_200_000)
    found = [read([line], "Query.customer", now=now) for now in times]
    assert [one.action for one in found] == ["deny", "allow", "allow", "deny"]
    assert [one.valid_until for one in found[:3]] == [600_000, 1_200_000, 1_200_000]


def test_a_deny_that_has_not_begun_denies_nothing_yet():
    coming = [*rule(effect="deny")[:6], AFTER, "", "r2"]
    found = read([rule(), coming], "Query.customer")
    assert (found.action, found.valid_until) == ("allow", 1_200_000)
    assert read([rule(), coming], "Query.customer", now=1_200_000).action == "deny"
