"""What auditors ask: who saw a customer's values, who may see them, and why somebody does not."""

import base64

import pytest
from c360_audit.bootstrap import build
from c360_audit.domain.merkle.checking import is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_audit.settings import AuditSettings
from c360_audit.testing.signing import KEYS
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.subject_names import SubjectNames
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
        policyVersion coordinates
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
    unknown = await why("marketing_analyst", "Profile.nothing")
    assert (unknown["shown"], unknown["missingTags"]) == ("nothing", [])
    assert (await why("connector", "Profile.name"))["missingTags"] == ["name"]


async def test_what_stands_out_is_told(recorded):
    for _ in range(12):
        await recorded.ask(PHONE_OF, "marketing_analyst", subject="eve")
    answer = await recorded.ask(ANOMALIES, "auditor")
    (found,) = answer["data"]["accessAnomalies"]
    assert (found["kind"], found["principal"], found["value"]) == ("REFUSALS", "eve", 100)


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
