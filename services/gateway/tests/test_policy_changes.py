"""Policy is tried on the past, proposed, approved by somebody else, and on record for it."""

import pytest
from c360_policy.store.shipped import policy_text

from services.gateway.tests.test_access_questions import service_in
from services.gateway.tests.test_audit_service import Recorded

AUTHOR, APPROVER = "policy_author", "policy_approver"
NO_PHONES = "p, support_agent, tag:phone, read, , deny, *, , , no-phones\n"
REPLAY = """query Replay($candidate: String!, $days: Int) {
  policyReplay(candidate: $candidate, days: $days) {
    candidate decidedOn operations affectedOperations principals coordinates customers
    unknownCoordinates changes { roles purpose use coordinate from to operations principals } } }"""
PROPOSE = "mutation P($text: String!) { proposePolicy(text: $text) { version author isInForce } }"
APPROVE = (
    "mutation A($version: String!)"
    " { approvePolicy(version: $version) { version author approver isInForce text } }"
)
VERSIONS = "{ policyVersions { version isInForce author approver publisher text } }"
DIFF = """query D($a: String!, $b: String!) {
  policyDiff(a: $a, b: $b) { roles purposes act coordinate from to fromRules toRules } }"""
ASKED = (
    "{ customers { edges { node { id label mainPhone profile { name phone birthDate } } } } }",
    '{ customers(filter: {phone: {eq: "1"}}) { total } customer(id: "c1") { id } }',
    '{ customerByIdentifier(type: PHONE, value: "+8613812345678") { id } }',
    "{ customers(orderBy: [{field: NAME}]) { total } }",
    '{ customer(id: "c1") { timeline { __typename occurredAt } identifiers { phone } } }',
    'mutation { upsertRecords(records: [{source: "crm", key: "k", traits: {}}]) { accepted } }',
    "mutation { decideIdentity(items: []) { accepted } }",
)
ROLES = (
    ("support_agent",),
    ("marketing_analyst",),
    ("privacy_officer",),
    ("connector",),
    ("data_steward", "connector"),
    ("nobody",),
)


@pytest.fixture
async def recorded(make_world, tmp_path):
    service = service_in(tmp_path)
    made = Recorded(await make_world(audit=service), service)
    made.world.gateway.pipeline.graph.tables._store.refresh()
    yield made
    await made.close()


def policy_of(recorded):
    return policy_text(recorded.world.settings.policy_directory)


async def tried(recorded, candidate, days=1):
    variables = {"candidate": candidate, "days": days}
    answer = await recorded.ask(REPLAY, AUTHOR, variables=variables, subject="ada")
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["policyReplay"]


async def recorded_queries(recorded):
    for roles in ROLES:
        for query in ASKED:
            await recorded.world.ask(query, *roles)
    await recorded.ask("{ me { principal } }", "auditor")


async def test_the_policy_in_force_would_have_changed_nothing(recorded):
    await recorded_queries(recorded)
    report = await tried(recorded, "in-force")
    assert report["operations"] > 20
    assert report["changes"] == [] and report["affectedOperations"] == 0
    assert report["unknownCoordinates"] == []


async def test_what_another_policy_would_have_done_is_told_of_people_fields_and_customers(recorded):
    phones = "{ customers { edges { node { id profile { phone } } } } }"
    for subject in ("ann", "bob", "bob"):
        await recorded.ask(phones, "support_agent", subject=subject)
    await recorded.ask(phones, "privacy_officer", subject="pia")
    report = await tried(recorded, policy_of(recorded) + NO_PHONES)
    assert report["changes"] == [
        {
            "roles": ["support_agent"],
            "purpose": "service",
            "use": "select",
            "coordinate": "Profile.phone",
            "from": "mask:partial(3,4,4)",
            "to": "deny",
            "operations": 3,
            "principals": ["ann", "bob"],
        }
    ]
    assert (report["operations"], report["affectedOperations"], report["customers"]) == (4, 3, 2)
    assert (report["principals"], report["coordinates"]) == (["ann", "bob"], ["Profile.phone"])
    assert "today" in report["decidedOn"]


async def test_what_a_grant_would_have_let_through_is_told_use_by_use(recorded):
    await recorded_queries(recorded)
    grant = "p, support_agent, tag:phone, read, , allow, *, , , open-phones\n"
    report = (await tried(recorded, policy_of(recorded) + grant))["changes"]
    found = {(one["use"], one["coordinate"]): (one["from"], one["to"]) for one in report}
    assert found["select", "Profile.phone"] == ("mask:partial(3,4,4)", "allow")
    assert found["filter", "CustomerFilter.phone"] == ("deny", "allow")
    assert {"support_agent", "data_steward"} >= {
        role for one in report for role in one["roles"]
    } - {"connector"}


async def test_a_policy_is_put_into_force_by_another_person(recorded):
    text = policy_of(recorded) + NO_PHONES
    answer = await recorded.ask(PROPOSE, AUTHOR, variables={"text": text}, subject="ada")
    proposed = answer["data"]["proposePolicy"]
    assert (proposed["author"], proposed["isInForce"]) == ("ada", False)
    version = {"version": proposed["version"][:10]}
    own = await recorded.ask(APPROVE, APPROVER, variables=version, subject="ada")
    assert own["errors"][0]["extensions"]["code"] == "POLICY_OWN_APPROVAL"
    answer = await recorded.ask(APPROVE, APPROVER, variables=version, subject="bea")
    approved = answer["data"]["approvePolicy"]
    assert (approved["author"], approved["approver"], approved["isInForce"]) == ("ada", "bea", True)
    assert approved["text"].startswith(text)
    recorded.world.gateway.pipeline.graph.tables._store.refresh()
    answer = await recorded.ask('{ customer(id: "c1") { profile { phone } } }', "support_agent")
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_DENIED"
    versions = (await recorded.ask(VERSIONS, "auditor"))["data"]["policyVersions"]
    assert versions[0] == {**approved, "publisher": "bea"}


async def test_each_step_is_on_record_with_who_took_it(recorded):
    text = policy_of(recorded) + NO_PHONES
    answer = await recorded.ask(PROPOSE, AUTHOR, variables={"text": text}, subject="ada")
    version = answer["data"]["proposePolicy"]["version"]
    for subject in ("ada", "bea"):
        await recorded.ask(APPROVE, APPROVER, variables={"version": version}, subject=subject)
    acts = [
        (one.kind, one.principal, one.outcome, one.code)
        for one in await recorded.world.acts()
        if one.kind.startswith("policy") and one.target == version
    ]
    assert acts == [
        ("policy_proposed", "ada", "begun", ""),
        ("policy_proposed", "ada", "done", ""),
        ("policy_approved", "ada", "begun", ""),
        ("policy_approved", "ada", "failed", "POLICY_OWN_APPROVAL"),
        ("policy_approved", "bea", "begun", ""),
        ("policy_approved", "bea", "done", ""),
    ]


async def test_versions_are_compared_in_the_graph(recorded):
    text = policy_of(recorded) + NO_PHONES
    variables = {"a": "in-force", "b": text}
    found = (await recorded.ask(DIFF, APPROVER, variables=variables))["data"]["policyDiff"]
    entries = [
        one for one in found if one["coordinate"] == "Profile.phone" and one["act"] == "read"
    ]
    assert {tuple(one["roles"]) for one in entries} == {("support_agent",), ("data_steward",)}
    assert entries[0] | {"roles": []} == {
        "roles": [],
        "purposes": ["*"],
        "act": "read",
        "coordinate": "Profile.phone",
        "from": "mask:partial(3,4,4)",
        "to": "deny",
        "fromRules": ["support-phone"],
        "toRules": ["no-phones"],
    }


@pytest.mark.parametrize(
    ("query", "variables", "may"),
    [
        (VERSIONS, {}, {AUTHOR, APPROVER, "auditor"}),
        (DIFF, {"a": "in-force", "b": "in-force"}, {AUTHOR, APPROVER, "auditor"}),
        (REPLAY, {"candidate": "in-force"}, {AUTHOR, APPROVER, "auditor"}),
        (PROPOSE, {"text": "p, a, *, read, , allow, *, , , r\n"}, {AUTHOR}),
        (APPROVE, {"version": "abcdef"}, {APPROVER}),
    ],
)
async def test_only_those_who_are_meant_may(recorded, query, variables, may):
    for role in (AUTHOR, APPROVER, "auditor", "privacy_officer", "connector", "support_agent"):
        answer = await recorded.ask(query, role, variables=variables)
        codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
        assert bool(codes & {"FIELD_DENIED", "ARGUMENT_DENIED"}) is (role not in may), role


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (PROPOSE, {"text": "nonsense"}, "POLICY_INVALID"),
        (PROPOSE, {"text": "p, a, tag:fone, read, , deny, *, , , r\n"}, "POLICY_INVALID"),
        (REPLAY, {"candidate": "abcdef"}, "POLICY_UNKNOWN"),
        (REPLAY, {"candidate": "nonsense"}, "POLICY_INVALID"),
        (REPLAY, {"candidate": "in-force", "days": 0}, "DAYS_INVALID"),
    ],
)
async def test_what_cannot_be_tried_is_refused_by_its_code(recorded, query, variables, code):
    answer = await recorded.ask(query, AUTHOR, variables=variables)
    assert answer["errors"][0]["extensions"]["code"] == code
