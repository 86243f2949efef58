"""`Query.me`: what a caller may do, told as it is decided, and nothing about anybody else."""

from c360_kernel.cursors import CursorInvalid
from c360_policy.store.shipped import copy_default_policy

ME = """{ me { principal roles purpose purposes sources policyVersion mayIntrospect mayAskAdHoc
    attributes { name values } breakGlass { role } } }"""
NAMED = """query($names: [String!]) { me { coordinates(names: $names, first: 200) {
    edges { node { coordinate read mask lookup filter write export tags rules } } } } }"""
CONSENTED = """query($names: [String!]) { me { coordinates(names: $names) {
    edges { node { coordinate needsConsent filter } } } } }"""
PAGED = """query($first: Int, $after: String) { me {
    coordinates(first: $first, after: $after) {
        edges { node { coordinate read filter write lookup } }
        pageInfo { hasNextPage endCursor } } } }"""
ROLES = [
    "support_agent",
    "marketing_analyst",
    "privacy_officer",
    "data_steward",
    "auditor",
    "connector",
    "policy_author",
    "policy_approver",
]


async def mine(world, role, *names):
    answer = await world.ask(NAMED, role, variables={"names": names})
    assert "errors" not in answer
    return {one["node"]["coordinate"]: one["node"] for one in edges(answer)}


def edges(answer):
    return answer["data"]["me"]["coordinates"]["edges"]


async def everything(world, role, first=200):
    found, after = [], None
    while True:
        answer = await world.ask(PAGED, role, variables={"first": first, "after": after})
        assert "errors" not in answer
        page = answer["data"]["me"]["coordinates"]
        found += [one["node"] for one in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def test_everybody_may_ask_who_they_are(world):
    for role in ROLES:
        answer = await world.ask(ME, role, sources=["crm"])
        assert "errors" not in answer
        me = answer["data"]["me"]
        assert (me["principal"], me["roles"], me["purpose"]) == ("ann", [role], "service")
        assert (me["sources"], me["purposes"]) == (["crm"], ["service"])
        assert (me["attributes"], me["breakGlass"]) == ([], None)
        assert me["mayIntrospect"] == (role == "privacy_officer")


async def test_a_coordinate_is_told_as_it_is_decided_and_no_more(world):
    found = await mine(world, "support_agent", "Profile.phone", "CustomerFilter.phone")
    phone = found["Profile.phone"]
    assert (phone["read"], phone["mask"]) == ("MASK", "partial(3,4,4)")
    assert (phone["tags"], phone["rules"]) == (["phone"], ["support-phone"])
    assert not (phone["filter"] or phone["write"] or phone["export"] or phone["lookup"])
    assert not found["CustomerFilter.phone"]["filter"]
    finds = await mine(world, "support_agent", "IdentifierType.PHONE")
    assert finds["IdentifierType.PHONE"]["lookup"]
    clear = await mine(world, "privacy_officer", "Profile.phone", "CustomerFilter.phone")
    assert (clear["Profile.phone"]["read"], clear["CustomerFilter.phone"]["filter"]) == (
        "ALLOW",
        True,
    )
    # Who writes is told what may be written.
    found = await mine(world, "connector", "Mutation.upsertRecords", "TraitsInput.phone")
    assert [one["write"] for one in found.values()] == [True, True]
    assert [one["read"] for one in found.values()] == ["DENY", "DENY"]
    found = await mine(world, "support_agent", "Mutation.upsertRecords", "TraitsInput.phone")
    assert [one["write"] for one in found.values()] == [False, False]
    # What is denied and what is not there look alike.
    found = await mine(world, "marketing_analyst", "Profile.phone", "Profile.fone")
    denied, absent = (found[name] for name in ("Profile.phone", "Profile.fone"))
    assert {**denied, "coordinate": ""} == {**absent, "coordinate": ""}


async def test_the_list_holds_what_may_be_used_and_no_more_page_by_page(world):
    names = {one["coordinate"] for one in await everything(world, "marketing_analyst")}
    assert {"Profile.tier", "Query.me"} <= names
    assert not {one for one in names if one.endswith(".phone") or one == "Profile.name"}
    names = {one["coordinate"] for one in await everything(world, "privacy_officer")}
    assert "Profile.phone" in names
    # Pages hold every coordinate once, in their order.
    whole = [one["coordinate"] for one in await everything(world, "auditor")]
    paged = [one["coordinate"] for one in await everything(world, "auditor", first=7)]
    assert whole == paged == sorted(set(whole))
    names = [f"Profile.f{number}" for number in range(201)]
    for query, given, expected in (
        (PAGED, {"first": 1, "after": "x"}, CursorInvalid.code),
        (NAMED, {"names": names}, "PAGE_TOO_LARGE"),
    ):
        answer = await world.ask(query, "auditor", variables=given)
        assert answer["errors"][0]["extensions"]["code"] == expected


async def test_whom_a_caller_is_told_of_and_what_wants_a_consent_is_told_too(make_world, tmp_path):
    copy_default_policy(tmp_path / "policy")
    rows = """rows:
  support_agent: none
smallestGroup: {marketing_analyst: 7}
consent:
  - {object: "tag:email", purposes: [service], roles: [support_agent]}
"""
    (tmp_path / "policy" / "rows.yaml").write_text(rows)
    world = await make_world()
    about = "{ me { rowRules smallestGroup } }"
    response = {role: (await world.ask(about, role))["data"]["me"] for role in ROLES}
    assert response["support_agent"]["rowRules"] == ["none"]
    assert response["privacy_officer"]["rowRules"] == ["everybody"]
    sizes = {role for role, me in response.items() if me["smallestGroup"] == 7}
    assert sizes == {"marketing_analyst"}
    for role, needed in (("support_agent", True), ("privacy_officer", False)):
        names = ["Profile.email", "CustomerFilter.email", "Profile.name"]
        answer = await world.ask(CONSENTED, role, variables={"names": names})
        found = {one["node"]["coordinate"]: one["node"] for one in edges(answer)}
        assert found["Profile.email"]["needsConsent"] is needed
        assert not found["Profile.name"]["needsConsent"]
        assert found["CustomerFilter.email"]["filter"] is not needed
