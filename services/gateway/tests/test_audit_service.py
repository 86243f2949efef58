"""The audit service behind the gateway: what was asked is found, by auditors alone."""

import pytest
from c360_audit.bootstrap import build
from c360_audit.domain.operation import AuditQuery
from c360_audit.settings import AuditSettings
from c360_audit.testing.signing import KEYS
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_policy.store.shipped import policy_text

CUSTOMERS = "{ customers { edges { node { id profile { name phone tier } } } } }"
FIELDS = "at principal roles purpose policyVersion kind name document outcome traceId subjects"
OPERATIONS = f"""
    query Operations($first: Int, $after: String, $principal: String, $coordinate: String) {{
      operations(first: $first, after: $after, principal: $principal, coordinate: $coordinate) {{
        edges {{ cursor node {{ id {FIELDS} uses {{ coordinate use decision rules tags }} }} }}
        pageInfo {{ hasNextPage hasPreviousPage endCursor }}
      }}
    }}
"""


@pytest.fixture
def service(tmp_path):
    sealer = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))
    return build(AuditSettings(data=tmp_path), default_catalog(), sealer, KEYS)


class Recorded:
    """A world whose audit log is kept up by hand."""

    def __init__(self, world, service):
        self.world = world
        self.service = service
        self.store = service.open_store()
        self.worker = service.worker(world.log, self.store)

    async def ask(self, query, role, **stated):
        answer = await self.world.ask(query, role, **stated)
        while await self.worker.step(0):
            pass
        return answer

    async def operations(self, role="auditor", **variables):
        answer = await self.ask(OPERATIONS, role, variables=variables, subject="otto")
        return answer["data"]["operations"]

    async def close(self):
        await self.worker.close()
        await self.store.close()


@pytest.fixture
async def recorded(make_world, service):
    made = Recorded(await make_world(audit=service), service)
    yield made
    await made.close()


def nodes(page):
    return [edge["node"] for edge in page["edges"]]


async def test_the_lag_of_the_audit_log_is_told_by_whoever_feeds_it(make_world, service):
    world = await make_world(audit=service)
    await world.ask(CUSTOMERS, "privacy_officer")
    output = (await world.get("/metrics")).text
    assert 'c360_consumer_lag{topic="audit",group="audit"} 1' in output


@pytest.mark.parametrize("role", ["privacy_officer", "marketing_analyst"])
async def test_the_audit_projection_finds_what_was_done(recorded, role):
    await recorded.ask(CUSTOMERS, role)
    store, log = recorded.store, recorded.world.log
    (leaf,) = await store.page(AuditQuery(principal="ann", coordinate="Profile.phone"), -1, 10)
    assert leaf.audited.operation.roles == (role,)
    (subject, *_) = leaf.audited.operation.subjects
    assert await store.page(AuditQuery(subjects=frozenset({subject})), -1, 10) == [leaf]
    committed = await log.committed("audit")
    assert {where: n for where, n in committed.items() if n} == await store.positions()


async def test_an_auditor_finds_who_asked_what_and_what_policy_said(recorded):
    await recorded.ask(CUSTOMERS, "support_agent", subject="ann")
    (found,) = nodes(await recorded.operations(principal="ann"))
    assert found["roles"] == ["support_agent"]
    assert (found["kind"], found["outcome"]) == ("query", "answered")
    uses = {use["coordinate"]: use for use in found["uses"]}
    phone = uses["Profile.phone"]
    assert phone["decision"].startswith("mask:partial")
    assert (phone["use"], phone["rules"], phone["tags"]) == ("select", ["support-phone"], ["phone"])
    assert uses["Profile.tier"]["decision"] == "allow"
    assert len(found["subjects"]) == 2


async def test_an_auditor_finds_what_was_refused_by_its_kind(recorded):
    await recorded.ask(CUSTOMERS, "support_agent", subject="ann")
    await recorded.ask("{ nothing }", "support_agent", subject="eve")
    query = """{ operations(act: "refusal") { edges { node {
        act code principal address times target outcome details { name value } } } } }"""
    (found,) = nodes((await recorded.ask(query, "auditor"))["data"]["operations"])
    assert (found["act"], found["principal"], found["outcome"]) == ("refusal", "eve", "refused")
    assert (found["code"], found["times"]) == ("GRAPHQL_VALIDATION_FAILED", 1)


async def test_reading_it_is_itself_on_record(recorded):
    await recorded.operations()
    (found,) = nodes(await recorded.operations(principal="otto", first=1))
    uses = {use["coordinate"]: use["use"] for use in found["uses"]}
    assert found["roles"] == ["auditor"]
    assert uses["Query.operations"] == uses["AuditedUse.decision"] == "select"


async def test_pages_go_back_from_the_newest_and_none_is_shown_twice(recorded):
    for number in range(5):
        await recorded.ask(CUSTOMERS, "support_agent", subject=f"agent-{number}")
    shown, after = [], None
    while True:
        page = await recorded.operations(first=2, after=after, coordinate="Profile.tier")
        shown += [node["principal"] for node in nodes(page)]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert shown == [f"agent-{number}" for number in (4, 3, 2, 1, 0)]


async def test_what_was_done_in_a_time_is_found(recorded):
    await recorded.ask(CUSTOMERS, "support_agent")
    (found,) = nodes(await recorded.operations(principal="ann"))
    at = found["at"]
    for span, expected in ((f'from: "{at}"', 1), (f'to: "{at}"', 0)):
        query = f'{{ operations(principal: "ann", {span}) {{ edges {{ node {{ id }} }} }} }}'
        answer = await recorded.ask(query, "auditor")
        assert (
            len([one for one in nodes(answer["data"]["operations"]) if one["id"] == found["id"]])
            == expected
        )


@pytest.mark.parametrize(
    "role", ["support_agent", "marketing_analyst", "privacy_officer", "connector"]
)
async def test_nobody_else_reads_it(recorded, role):
    await recorded.ask(CUSTOMERS, "support_agent", subject="ann-the-agent")
    answer = await recorded.ask(OPERATIONS, role)
    assert answer["data"]["operations"] is None
    assert "ann-the-agent" not in str(answer)
    (denied, *_) = answer["errors"]
    assert denied["extensions"]["code"] == "FIELD_DENIED"


@pytest.mark.parametrize(
    "query",
    ['{ customer(id: "c1") { id profile { tier } } }', '{ segment(name: "vip") { name } }'],
)
async def test_an_auditor_reads_nobodys_data(recorded, query):
    answer = await recorded.ask(query, "auditor")
    assert all(one is None for one in answer["data"].values())


async def test_a_field_of_it_can_be_denied_or_masked_by_itself(make_world, service, tmp_path):
    policy = policy_text(tmp_path / "none") + (
        "p, auditor, AuditedUse.rules, read, , deny, *, , , no-rules\n"
        "p, clerk, tag:audit, read, , allow, *, , , clerk-operations\n"
        "p, clerk, operation:ad-hoc, ask, , allow, *, , , clerk-ad-hoc\n"
        "p, clerk, AuditedOperation.principal, read, , deny, *, , , clerk-principal\n"
    )
    made = Recorded(await make_world(audit=service, policy=policy), service)
    await made.ask(CUSTOMERS, "support_agent")
    (found,) = nodes(await made.operations(principal="ann"))
    assert {use["rules"] for use in found["uses"]} == {None}
    query = "{ operations(first: 1) { edges { node { kind principal } } } }"
    answer = await made.ask(query, "clerk")
    assert nodes(answer["data"]["operations"]) == [{"kind": "query", "principal": None}]
    await made.close()
