"""What auditors ask: who saw a customer's values, who may see them, and why somebody does not."""

import asyncio
import base64

import pytest
from c360_audit.bootstrap import build
from c360_audit.domain.merkle.checking import is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_audit.settings import AuditSettings
from c360_audit.testing.signing import KEYS
from c360_gateway.audit.schema_keeping import SchemaKeeping
from c360_gateway.policy.declared import Declared
from c360_kernel.audit_writer import AuditWriter
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.stamp import StampClock, wall_clock_ms
from c360_kernel.subject_names import SubjectNames
from c360_kernel.value_types import format_instant
from c360_policy.store.served_schemas import FileServedSchemas
from c360_policy.store.shipped import copy_default_policy, policy_text

from services.gateway.tests.test_audit_service import Recorded

PHONE_OF = '{ customer(id: "c1") { id profile { phone name } } }'
CARD_OF = '{ customer(id: "c1") { identifiers { card } } }'
SIGHTS = "sights { coordinate use shown mask tags rules { id text } values }"
WHO_SAW = f"""
    query Who($customer: ID!, $coordinate: String, $from: DateTime, $to: DateTime, $first: Int,
              $after: String) {{
      auditAccess(customer: $customer, coordinate: $coordinate, from: $from, to: $to,
                  first: $first, after: $after) {{
        edges {{ cursor node {{ id at principal roles purpose outcome policyVersion customers
                               proof {{ index leaf hashes checkpoint text }} {SIGHTS} }} }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
"""
READING = "reading { roles shown mask }"
WHO_MAY = f"""
    query May($coordinate: String, $tag: String, $at: DateTime) {{
      accessTo(coordinate: $coordinate, tag: $tag, at: $at) {{
        policyVersion schemaOf coordinates
        roles {{ roles purposes shown mask coordinates rules {{ id text }} until opened }}
        principals {{ principal lastAt {READING} }}
      }}
    }}
"""
WHY = """
    query Why($coordinate: String!) {
      explainAccess(coordinate: $coordinate) {
        shown mask rules { id text } missingTags roles purpose policyVersion customerVisible
      }
    }
"""
ANOMALIES = "{ accessAnomalies { kind principal roles value common spread at } }"


@pytest.fixture
async def recorded(make_world, tmp_path):
    service = service_in(tmp_path)
    world = await make_world(audit=service)
    # A second later it has been looked at again, with the schema that is there by now.
    world.gateway.pipeline.graph.tables._store.refresh()
    made = Recorded(world, service)
    yield made
    await made.close()


async def who_saw(recorded, **requested):
    answer = await recorded.ask(WHO_SAW, "auditor", variables={"customer": "c1"} | requested)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["auditAccess"]


async def who_may(recorded, **requested):
    answer = await recorded.ask(WHO_MAY, "auditor", variables=requested)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["accessTo"]


def looks(page):
    return [edge["node"] for edge in page["edges"]]


async def test_who_saw_the_phone_clear_or_masked_by_which_rule(recorded):
    await recorded.ask(PHONE_OF, "support_agent", subject="ann")
    await recorded.ask(PHONE_OF, "privacy_officer", subject="bob", purpose="complaint")
    await recorded.ask(PHONE_OF, "marketing_analyst", subject="eve")
    await recorded.ask(CARD_OF, "privacy_officer", subject="carl")
    found = looks(await who_saw(recorded, coordinate="Profile.phone"))
    entries = [(one["principal"], one["roles"], one["purpose"], one["outcome"]) for one in found]
    assert entries == [
        ("eve", ["marketing_analyst"], "service", "partial"),
        ("bob", ["privacy_officer"], "complaint", "answered"),
        ("ann", ["support_agent"], "service", "answered"),
    ]
    refused, clear, masked = (one["sights"] for one in found)
    assert [(one["shown"], one["mask"]) for (one,) in (refused, clear, masked)] == [
        ("refused", None),
        ("clear", None),
        ("masked", "partial(3,4,4)"),
    ]
    line = "p, support_agent, tag:phone, read, partial(3,4,4), allow, *, , , support-phone"
    assert masked[0]["rules"] == [{"id": "support-phone", "text": line}]
    assert (masked[0]["use"], masked[0]["tags"], found[2]["customers"]) == ("select", ["phone"], 1)


async def test_each_look_has_a_proof_that_holds_by_itself(recorded):
    for number in range(5):
        await recorded.ask(PHONE_OF, "support_agent", subject=f"agent-{number}")
    proofs = [one["proof"] for one in looks(await who_saw(recorded))]
    assert len(proofs) == 5
    for proof in proofs:
        leaf = base64.b64decode(proof["leaf"])
        tree = Checkpoint.read(proof["checkpoint"].partition("\n\n")[0] + "\n")
        hashes = [base64.b64decode(one) for one in proof["hashes"]]
        index = proof["index"]
        assert is_included(leaf_hash(leaf), index, tree.size, hashes, tree.root)
        assert not is_included(leaf_hash(leaf + b"!"), index, tree.size, hashes, tree.root)
        assert proof["text"].startswith("c2sp.org/tlog-proof@v1\n")


async def test_a_tag_finds_every_path_to_a_value_and_nothing_else(recorded):
    await recorded.ask('{ customer(id: "c1") { mainPhone profile { tier } } }', "privacy_officer")
    await recorded.ask('{ customer(id: "c1") { profile { tier } } }', "privacy_officer")
    (found,) = looks(await who_saw(recorded, coordinate="tag:phone"))
    assert [one["coordinate"] for one in found["sights"]] == ["Customer.mainPhone"]


async def test_a_look_is_found_for_its_customer_in_its_time_with_all_that_it_used(recorded):
    await recorded.ask(PHONE_OF, "support_agent")
    assert looks(await who_saw(recorded, customer="c2", coordinate="Profile.phone")) == []
    (found,) = looks(await who_saw(recorded, coordinate="Profile.phone"))
    assert looks(await who_saw(recorded, coordinate="Profile.phone", **{"from": found["at"]}))
    assert not looks(await who_saw(recorded, coordinate="Profile.phone", to=found["at"]))
    *_, found = looks(await who_saw(recorded))
    named = {one["coordinate"]: one["shown"] for one in found["sights"]}
    assert named["Profile.phone"] == "masked"
    assert named["Profile.name"] == named["Customer.id"] == "clear"
    assert named["Query.customer(id:)"] == "used"


async def test_pages_of_looks_follow_each_other(recorded):
    for number in range(5):
        await recorded.ask(PHONE_OF, "support_agent", subject=f"agent-{number}")
    shown, after = [], None
    while True:
        page = await who_saw(recorded, coordinate="Profile.phone", first=2, after=after)
        shown += [one["principal"] for one in looks(page)]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert shown == [f"agent-{number}" for number in (4, 3, 2, 1, 0)]


async def test_the_question_is_itself_a_look_at_the_customer(recorded):
    await who_saw(recorded, coordinate="Profile.phone")
    (found,) = looks(await who_saw(recorded))
    assert found["roles"] == ["auditor"]
    assert "Query.auditAccess" in {one["coordinate"] for one in found["sights"]}


async def test_nobody_but_auditors_may_ask(recorded):
    await recorded.ask(PHONE_OF, "support_agent", subject="ann-the-agent")
    variables = {"customer": "c1", "coordinate": "Profile.phone"}
    for query in (WHO_SAW, WHO_MAY, ANOMALIES):
        for role in ("support_agent", "marketing_analyst", "privacy_officer", "connector"):
            answer = await recorded.world.ask(query, role, variables=variables)
            assert not any((answer["data"] or {}).values())
            assert "ann-the-agent" not in str(answer)
            assert answer["errors"]


async def test_who_may_read_a_coordinate_by_role(recorded):
    report = await who_may(recorded, coordinate="Profile.phone")
    found = {one["roles"][0]: (one["shown"], one["mask"]) for one in report["roles"]}
    assert found["support_agent"] == found["data_steward"] == ("masked", "partial(3,4,4)")
    assert found["privacy_officer"] == ("clear", None)
    assert found["marketing_analyst"] == found["connector"] == ("nothing", None)
    assert report["coordinates"] == ["Profile.phone"]
    (rule,) = next(one for one in report["roles"] if one["shown"] == "clear")["rules"]
    assert rule["text"].endswith("privacy-phone")
    tagged = await who_may(recorded, tag="phone")
    assert {"Customer.mainPhone", "Profile.phone", "Identifiers.phone"} <= set(
        tagged["coordinates"]
    )
    assert not [one for one in tagged["coordinates"] if one.startswith("CustomerFilter.")]
    officer = [one for one in tagged["roles"] if one["roles"] == ["privacy_officer"]]
    assert {one["shown"] for one in officer} == {"clear"}


async def test_known_principals_are_told_with_what_their_roles_together_give(recorded):
    both = ("support_agent", "privacy_officer")
    await recorded.world.ask(PHONE_OF, *both, subject="both")
    await recorded.ask(PHONE_OF, "support_agent", subject="ann")
    report = await who_may(recorded, coordinate="Profile.phone")
    known = {one["principal"]: one["reading"]["shown"] for one in report["principals"]}
    assert known["both"] == "clear"
    assert known["ann"] == "masked"


async def test_purposes_are_told_apart_where_rules_do(make_world, tmp_path):
    allowed = "p, marketing_analyst, tag:phone, read, hash, allow, marketing"
    policy = f"{policy_text(tmp_path / 'none')}{allowed}, , 2099-01-01T00:00:00Z, m1\n"
    world = await make_world(policy=policy, audit=service_in(tmp_path))
    answer = await world.ask(WHO_MAY, "auditor", variables={"coordinate": "Profile.phone"})
    marketing = [
        one for one in answer["data"]["accessTo"]["roles"] if one["roles"] == ["marketing_analyst"]
    ]
    assert sorted((one["purposes"], one["shown"], one["until"]) for one in marketing) == [
        (["*"], "nothing", None),
        (["marketing"], "masked", "2099-01-01T00:00:00Z"),
    ]


def service_in(tmp_path):
    sealer = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))
    return build(AuditSettings(data=tmp_path), default_catalog(), sealer, KEYS)


async def test_a_past_time_is_answered_by_the_policy_of_then(recorded):
    await recorded.ask(PHONE_OF, "support_agent")
    policy = policy_text(recorded.world.settings.policy_directory)
    changed = policy.replace("tag:phone, read, partial(3,4,4)", "tag:phone, read, redact")
    recorded.world.publish(changed)
    await recorded.ask(PHONE_OF, "support_agent", subject="later")
    newest, first = looks(await who_saw(recorded, coordinate="Profile.phone"))
    then = await who_may(recorded, coordinate="Profile.phone", at=newest["at"])
    now = await who_may(recorded, coordinate="Profile.phone")
    masks = [
        next(one["mask"] for one in stated["roles"] if one["roles"] == ["support_agent"])
        for stated in (then, now)
    ]
    assert masks == ["partial(3,4,4)", "redact"]
    assert then["policyVersion"] == first["policyVersion"] != now["policyVersion"]
    assert first["sights"][0]["rules"][0]["text"].split(", ")[4] == "partial(3,4,4)"
    assert newest["sights"][0]["rules"][0]["text"].split(", ")[4] == "redact"


async def serve(recorded):
    """What a gateway does every second: keep what is served, and put it on record."""
    world = recorded.world
    tables = world.gateway.pipeline.graph.tables
    kept = SchemaKeeping(lambda: tables, FileServedSchemas(world.settings.schema_versions))
    await kept.start()
    act = OperationAudited(
        "c360/gateway", kind="schema_changed", outcome="in_use", target=kept.version
    )
    await AuditWriter(world.log, StampClock(), "test").write(act)
    await asyncio.sleep(0.01)


async def tag_otherwise(recorded):
    """From now on tiers are phones, and phones are nothing."""
    tables = recorded.world.gateway.pipeline.graph.tables
    tables._catalog = Declared({"Profile.tier": frozenset({"phone"})})
    tables._served = {**tables._served, "Profile.phone": frozenset()}
    await recorded.ask(PHONE_OF, "support_agent")


async def shown_to_agents(recorded, **asked):
    told = await who_may(recorded, **asked)
    masks = [one["mask"] for one in told["roles"] if one["roles"] == ["support_agent"]]
    return told["schemaOf"], masks, "Profile.tier" in told["coordinates"]


async def test_a_past_time_is_answered_by_the_schema_of_then(recorded):
    await recorded.ask(PHONE_OF, "support_agent")
    await serve(recorded)
    then = {"at": format_instant(wall_clock_ms())}
    await asyncio.sleep(0.01)
    await tag_otherwise(recorded)
    await serve(recorded)
    masked = ["partial(3,4,4)"]
    assert await shown_to_agents(recorded, tag="phone", **then) == ("THEN", masked, False)
    assert await shown_to_agents(recorded, tag="phone") == ("TODAY", masked, True)
    phone = {"coordinate": "Profile.phone"}
    assert await shown_to_agents(recorded, **phone, **then) == ("THEN", masked, False)
    assert await shown_to_agents(recorded, **phone) == ("TODAY", [None], False)


async def test_before_the_first_schema_that_was_kept_it_is_that_of_today(recorded):
    await recorded.ask(PHONE_OF, "support_agent")
    then = {"at": format_instant(wall_clock_ms())}
    await asyncio.sleep(0.01)
    await serve(recorded)
    told = await who_may(recorded, coordinate="Profile.phone", **then)
    assert (told["schemaOf"], told["coordinates"]) == ("TODAY", ["Profile.phone"])


async def test_a_schema_that_was_touched_where_it_is_kept_answers_nothing(recorded):
    await recorded.ask(PHONE_OF, "support_agent")
    await serve(recorded)
    (file,) = recorded.world.settings.schema_versions.iterdir()
    file.write_text(file.read_text().replace('"phone"', '"tier"'))
    await recorded.ask(PHONE_OF, "support_agent")
    asked = {"coordinate": "Profile.phone", "at": format_instant(wall_clock_ms())}
    said = await recorded.ask(WHO_MAY, "auditor", variables=asked)
    assert codes(said) == ["SCHEMA_ALTERED"]


def codes(said):
    return [error["extensions"]["code"] for error in said["errors"]]


REFUSED = (
    ({}, "ACCESS_WHAT"),
    ({"coordinate": "Profile.phone", "tag": "phone"}, "ACCESS_WHAT"),
    ({"coordinate": "Profile.fone"}, "COORDINATE_UNKNOWN"),
    ({"tag": "nothing"}, "COORDINATE_UNKNOWN"),
    ({"tag": "phone", "at": "1999-01-01T00:00:00Z"}, "POLICY_UNKNOWN"),
)


async def test_what_nobody_can_answer_is_refused(recorded):
    for requested, code in REFUSED:
        answer = await recorded.ask(WHO_MAY, "auditor", variables=requested)
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_why_it_is_hidden_is_told_to_whom_it_is_hidden_from(recorded):
    async def why(role, coordinate):
        answer = await recorded.ask(WHY, role, variables={"coordinate": coordinate})
        assert "errors" not in answer, answer["errors"]
        return answer["data"]["explainAccess"]

    masked = await why("support_agent", "Profile.phone")
    assert (masked["shown"], masked["mask"]) == ("masked", "partial(3,4,4)")
    assert masked["rules"][0]["text"].startswith("p, support_agent, tag:phone, read")
    hidden = await why("marketing_analyst", "Profile.phone")
    assert (hidden["shown"], hidden["rules"], hidden["missingTags"]) == ("nothing", [], ["phone"])
    assert (hidden["roles"], hidden["purpose"]) == (["marketing_analyst"], "service")
    asked = {"coordinate": "Profile.fone"}
    unknown = await recorded.ask(WHY, "marketing_analyst", variables=asked)
    assert codes(unknown) == ["COORDINATE_UNKNOWN"]
    assert "Profile.phone" not in str(unknown)
    assert (await why("connector", "Profile.name"))["missingTags"] == ["name"]


async def test_what_stands_out_is_told(recorded):
    for _ in range(12):
        await recorded.ask(PHONE_OF, "marketing_analyst", subject="eve")
    answer = await recorded.ask(ANOMALIES, "auditor")
    (found,) = answer["data"]["accessAnomalies"]
    assert (found["kind"], found["principal"], found["value"]) == ("REFUSALS", "eve", 100)


OPERATIONS = """
    query Acts($principal: String, $coordinate: String, $act: String, $from: DateTime,
               $to: DateTime) {
      operations(principal: $principal, coordinate: $coordinate, act: $act, from: $from, to: $to) {
        edges { node { principal } } } }
"""
STANDS_OUT = """
    query Out($from: DateTime, $to: DateTime) { accessAnomalies(from: $from, to: $to) { kind } }
"""
BACKWARDS = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
AT_ONCE = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
MISTYPED = (
    (WHO_SAW, {"customer": "c1", "coordinate": "Profile.fone"}, "COORDINATE_UNKNOWN"),
    (WHO_SAW, {"customer": "c1", "coordinate": "tag:fone"}, "COORDINATE_UNKNOWN"),
    (WHO_SAW, {"customer": "c1", **BACKWARDS}, "PERIOD_EMPTY"),
    (WHO_SAW, {"customer": "c1", "first": -1}, "PAGE_SIZE_INVALID"),
    (OPERATIONS, {"coordinate": "Profile.fone"}, "COORDINATE_UNKNOWN"),
    (OPERATIONS, {"coordinate": "tag:fone"}, "COORDINATE_UNKNOWN"),
    (OPERATIONS, {"principal": "annn"}, "PRINCIPAL_UNKNOWN"),
    (OPERATIONS, {"act": "refusals"}, "ACT_UNKNOWN"),
    (OPERATIONS, BACKWARDS, "PERIOD_EMPTY"),
    (STANDS_OUT, AT_ONCE, "PERIOD_EMPTY"),
    (WHO_MAY, {"tag": "tag:fone"}, "COORDINATE_UNKNOWN"),
    ("{ policyVersions(first: -1) { version } }", {}, "PAGE_SIZE_INVALID"),
)
EMPTY = (
    (WHO_SAW, {"customer": "c1", "coordinate": "Profile.name"}),
    (WHO_SAW, {"customer": "c1", "coordinate": "tag:name"}),
    (OPERATIONS, {"coordinate": "Profile.birthDate"}),
    (OPERATIONS, {"coordinate": "tag:birth_date"}),
    (OPERATIONS, {"act": "replay"}),
    (OPERATIONS, {"principal": "ann", "to": "2026-01-02T00:00:00Z"}),
    (STANDS_OUT, {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}),
)


async def test_what_is_mistyped_is_refused_and_what_nobody_did_is_empty(recorded):
    await recorded.ask(CARD_OF, "privacy_officer", subject="ann")
    for query, asked, code in MISTYPED:
        role = "policy_author" if "policyVersions" in query else "auditor"
        said = await recorded.ask(query, role, variables=asked)
        assert codes(said) == [code], (query, asked)
    for query, asked in EMPTY:
        said = await recorded.ask(query, "auditor", variables=asked)
        (found,) = said["data"].values()
        assert "errors" not in said, (said, asked)
        assert not (found if isinstance(found, list) else found["edges"]), asked


async def test_what_is_only_on_record_is_no_mistyped_coordinate(recorded):
    gone = (CoordinateUse("Profile.formerly", "select", "allow", "r", "former"),)
    act = OperationAudited("old", kind="operation", outcome="answered", uses=gone, at=1)
    await AuditWriter(recorded.world.log, StampClock(), "test").write(act)
    await recorded.ask(CARD_OF, "privacy_officer")
    for named in ("Profile.formerly", "tag:former"):
        said = await recorded.ask(OPERATIONS, "auditor", variables={"coordinate": named})
        assert [one["node"]["principal"] for one in said["data"]["operations"]["edges"]] == ["old"]
        assert looks(await who_saw(recorded, coordinate=named)) == []


class Ids:
    """Identity, as it knows one customer."""

    async def of(self, customer, _):
        return frozenset({customer} & {"c1"})


async def test_a_customer_that_never_was_is_refused_however_often_it_is_asked_for(
    make_world, tmp_path, monkeypatch
):
    monkeypatch.setattr("c360_gateway.assembly.answering.SubgraphCustomerIds", lambda _: Ids())
    service = service_in(tmp_path)
    recorded = Recorded(await make_world(audit=service), service)
    await recorded.ask('{ customer(id: "c2") { id } }', "privacy_officer")
    for _ in range(2):
        said = await recorded.ask(WHO_SAW, "auditor", variables={"customer": "c11"})
        assert codes(said) == ["CUSTOMER_UNKNOWN"]
    assert looks(await who_saw(recorded, customer="c1")) == []
    # Gone from identity, and still on record.
    assert len(looks(await who_saw(recorded, customer="c2"))) == 1
    await recorded.close()


ROWS = """rows:
  marketing_analyst: none
consent:
  - {object: "tag:phone", purposes: [marketing]}
"""


async def test_whose_customers_and_whose_consent_it_takes_is_told(make_world, tmp_path):
    copy_default_policy(tmp_path / "policy")
    (tmp_path / "policy" / "rows.yaml").write_text(ROWS)
    world = await make_world(audit=service_in(tmp_path))
    query = WHY.replace("missingTags", "rowRules needsConsent")

    async def why(role, purpose, coordinate="Profile.phone"):
        variables = {"coordinate": coordinate}
        answer = await world.ask(query, role, purpose=purpose, variables=variables)
        assert "errors" not in answer, answer["errors"]
        stated = answer["data"]["explainAccess"]
        return stated["rowRules"], stated["needsConsent"]

    assert await why("marketing_analyst", "service") == (["none"], False)
    assert await why("privacy_officer", "marketing") == (["everybody"], True)
    assert await why("privacy_officer", "marketing", "Profile.name") == (["everybody"], False)


async def test_whoever_has_no_name_any_more_has_nobodys_looks(make_world, tmp_path, monkeypatch):
    # First of all: the gateway takes hold of it while it is put together.
    monkeypatch.setattr(SubjectNames, "all_of", lambda self, customer: frozenset())
    service = service_in(tmp_path)
    recorded = Recorded(await make_world(audit=service), service)
    await recorded.ask(PHONE_OF, "support_agent")
    assert looks(await who_saw(recorded)) == []
    await recorded.close()
