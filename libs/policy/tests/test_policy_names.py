"""A deny that names what nobody knows is refused, an allow is warned of; nothing known is lost."""

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known, Vocabulary, refuse_unknown, unknown_names
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.reach import Inapplicable
from c360_policy.store.shipped import policy_text

COORDINATES = {
    "Query.customer": frozenset(),
    "Query.customer(id:)": frozenset(),
    "Profile.phone": frozenset({"phone"}),
    "CustomerFilter.phone": frozenset({"phone"}),
    "Profile.city": frozenset({"city"}),
    "IdentifierType.PHONE": frozenset({"phone"}),
    "Query.customerByRecord(key:)": frozenset({"record_key"}),
    "Mutation.upsertRecords": frozenset(),
}
KNOWN = Known(COORDINATES, frozenset({"marketing"}))
GRANT = "p, agent, *, read, , allow, *, , , granted\n"


def line(effect, obj="tag:phone", role="agent", purpose="*", act="read", rule_id="r1"):
    return f"p, {role}, {obj}, {act}, , {effect}, {purpose}, , , {rule_id}\n"


UNKNOWN = {
    "tag": {"obj": "tag:phnoe"},
    "tag by case": {"obj": "tag:Phone"},
    "tag that marks nothing": {"obj": "tag:public"},
    "field": {"obj": "Profile.fone"},
    "field by case": {"obj": "profile.phone"},
    "argument": {"obj": "Query.customer(ids:)"},
    "type": {"obj": "Profiles.*"},
    "part of a name": {"obj": "Profile.ph*"},
    "no object": {"obj": "phone"},
    "tags": {"obj": "tag:*"},
    "object of another act": {"obj": "operation:ad-hoc"},
    "act without such objects": {"obj": "tag:phone", "act": "ask"},
    "introspection of one": {"obj": "Profile.phone", "act": "introspect"},
    "look-up by what only shows": {"obj": "Profile.phone", "act": "lookup"},
    "look-up by a type that only shows": {"obj": "Profile.*", "act": "lookup"},
    "look-up by a tag of no look-up": {"obj": "tag:city", "act": "lookup"},
    "writing a query": {"obj": "Query.customer", "act": "write"},
    "reading a mutation": {"obj": "Mutation.upsertRecords", "act": "read"},
    "purpose": {"purpose": "markting"},
    "purpose by case": {"purpose": "Marketing"},
}
MEANT = {
    "tag": {},
    "field": {"obj": "Profile.phone"},
    "argument": {"obj": "Query.customer(id:)"},
    "type": {"obj": "Profile.*"},
    "everything": {"obj": "*"},
    "purpose": {"purpose": "marketing"},
    "written tag": {"act": "write"},
    "looked up": {"act": "lookup"},
    "looked up by a type": {"obj": "IdentifierType.PHONE", "act": "lookup"},
    "looked up by a record": {"obj": "Query.customerByRecord(key:)", "act": "lookup"},
    "written": {"obj": "Mutation.upsertRecords", "act": "write"},
    "written trait": {"obj": "Profile.phone", "act": "write"},
    "asking": {"obj": "operation:ad-hoc", "act": "ask"},
    "asking anything": {"obj": "*", "act": "ask"},
    "introspection": {"obj": "*", "act": "introspect"},
}


@pytest.mark.parametrize("named", UNKNOWN.values(), ids=UNKNOWN)
def test_a_deny_of_what_nobody_knows_is_refused_by_its_line(named):
    with pytest.raises(PolicyInvalid, match="line 2: rule r1"):
        refuse_unknown(parse_policy(GRANT + line("deny", **named)), KNOWN)


@pytest.mark.parametrize("named", UNKNOWN.values(), ids=UNKNOWN)
def test_an_allow_of_what_nobody_knows_is_warned_of(named):
    [problem] = refuse_unknown(parse_policy(GRANT + line("allow", **named)), KNOWN)
    assert problem.line == 2


@pytest.mark.parametrize("effect", ["deny", "allow"])
@pytest.mark.parametrize("named", MEANT.values(), ids=MEANT)
def test_what_is_known_is_taken(named, effect):
    assert refuse_unknown(parse_policy(GRANT + line(effect, **named)), KNOWN) == ()


@pytest.mark.parametrize(
    "named", [{"obj": "Profile.fone"}, {"obj": "tag:phnoe"}, {"purpose": "markting"}]
)
def test_the_nearest_name_is_offered(named):
    with pytest.raises(PolicyInvalid, match=r"nearest: '(Profile.phone|phone|marketing)'"):
        refuse_unknown(parse_policy(GRANT + line("deny", **named)), KNOWN)


@pytest.mark.parametrize("role", ["agnet", "Agent", "аgent", "*"])
def test_a_role_is_known_by_an_allow_or_a_link(role):
    deny = line("deny", role=role)
    with pytest.raises(PolicyInvalid, match="no role"):
        refuse_unknown(parse_policy(GRANT + deny), KNOWN)
    for linked in (f"g, {role}, base\n", f"g, base, {role}\n"):
        policy = parse_policy(f"p, clerk, *, read, , allow, *, , , granted\n{deny}{linked}")
        assert all("may do nothing" in str(one) for one in refuse_unknown(policy, KNOWN))


def test_roles_that_differ_in_letter_case_alone_are_told_apart_aloud():
    grants = GRANT + line("allow", role="Agent", obj="*", rule_id="r2")
    assert len(refuse_unknown(parse_policy(grants), KNOWN)) == 2
    with pytest.raises(PolicyInvalid, match="letter case alone"):
        refuse_unknown(parse_policy(grants + line("deny", role="Agent")), KNOWN)


def test_before_there_is_a_schema_only_what_is_known_counts():
    policy = parse_policy(GRANT + line("deny", obj="tag:phnoe") + line("deny", rule_id="r2"))
    assert refuse_unknown(policy, Known()) == ()
    wrong = parse_policy(GRANT + line("deny", purpose="markting"))
    with pytest.raises(PolicyInvalid):
        refuse_unknown(wrong, Known(purposes=KNOWN.purposes))


def test_every_unknown_name_is_told():
    denied = line("deny", obj="tag:phnoe", purpose="markting")
    text = GRANT + denied + line("allow", obj="x", rule_id="r2")
    findings = unknown_names(parse_policy(text), KNOWN)
    assert ([one.line for one in findings.refused], [one.line for one in findings.doubtful]) == (
        [2, 2],
        [3],
    )


def test_a_schema_that_orphans_a_deny_is_not_known():
    vocabulary, policy = Vocabulary(None), parse_policy(GRANT + line("deny"))
    vocabulary.use(COORDINATES, Inapplicable(), lambda: policy)
    before = vocabulary.known()
    with pytest.raises(PolicyInvalid, match="no tag 'phone'"):
        vocabulary.use({"Query.customer": frozenset()}, Inapplicable(), lambda: policy)
    assert vocabulary.known() is before


async def test_the_shipped_policy_names_only_what_the_services_have(tmp_path):
    """The world's own subgraphs are fewer than ours: see the check of the command for those."""
    policy = parse_policy(policy_text(tmp_path))
    assert refuse_unknown(policy, Known(purposes=frozenset(default_catalog().purposes))) == ()


TAKEN = "p, no_phone, tag:phone, read, , deny, *, , , r1\n"


def test_a_link_that_gives_a_deny_to_another_spelling_of_a_role_is_refused():
    with pytest.raises(PolicyInvalid, match="letter case alone"):
        refuse_unknown(parse_policy(f"{GRANT}{TAKEN}g, Agent, no_phone\n"), KNOWN)


def test_a_link_that_gives_a_deny_to_a_role_that_may_do_nothing_is_warned_of():
    [problem] = refuse_unknown(parse_policy(f"{GRANT}{TAKEN}g, agnet, no_phone\n"), KNOWN)
    assert (problem.line, "may do nothing" in problem.message) == (2, True)


@pytest.mark.parametrize(
    "links",
    [
        "g, agent, no_phone\n",
        "g, agent, staff\ng, staff, no_phone\n",
        "g, no_phone, agent\n",
        "g, intern, agent\ng, intern, no_phone\n",
    ],
)
def test_a_link_that_gives_a_deny_to_somebody_is_taken(links):
    assert refuse_unknown(parse_policy(GRANT + TAKEN + links), KNOWN) == ()
