"""Fields that policy shows by each customer's consent to the purpose of whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import SELLERS, RowWorld, record
from tests.component.test_saved_segments import OFFICER, SAVE, change

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROWS = """consent:
  - {object: "tag:email", purposes: [marketing], roles: [sales]}
  - {object: Profile.city, roles: [lead]}
"""
BLIND = """g, blind, privacy_officer
p, blind, Consent.status, read, , deny, *, , , blind-statuses
"""
ALL = """{ customers(first: 50) { edges { node {
  id profile { name email city } identifiers { email }
  records { key traits { email } identifiers { email } } provenance { trait } } } } }"""
RECORD = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  again: profile { mail: email } records { traits { email } } } }"""


def person(key: str) -> dict[str, Any]:
    return record(key, name=key, email=f"{key}@example.com", city="Bonn")


def answer(key: str, status: str, purpose: str = "marketing") -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    return {"source": "crm", "key": key, "purpose": purpose, "status": status, "at": at}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def row_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("consents"), ROWS, SELLERS + BLIND)
    await world.start(*map(person, ("yes", "no", "gone", "silent", "other")))
    # Of two records of one customer the more restrictive answer counts.
    shared = {"type": "NATIONAL_ID", "value": "11010519491231002X"}
    both = [{**person(key), "identifiers": [shared]} for key in ("both1", "both2")]
    await world.write(both)
    await world.consent(
        [
            answer("yes", "GRANTED"),
            answer("no", "DENIED"),
            answer("gone", "WITHDRAWN"),
            answer("other", "GRANTED", "service"),
            answer("both1", "GRANTED"),
            answer("both2", "DENIED"),
        ]
    )
    yield world
    await world.close()


def emails(node: Any) -> list[Any]:
    """Every value of an e-mail address that an answer holds of a customer."""
    found = [node["profile"]["email"], *((node["identifiers"] or {}).get("email") or [])]
    for one in node["records"]:
        found += [(one["traits"] or {}).get("email")]
        found += (one["identifiers"] or {}).get("email") or []
    return [one for one in found if one]


async def shown(row_world: RowWorld, role: str, purpose: str) -> tuple[dict[str, list[Any]], Any]:
    result = await row_world.ask(ALL, role, purpose=purpose)
    nodes = [edge["node"] for edge in result["data"]["customers"]["edges"]]
    by_name = {node["profile"]["name"]: emails(node) for node in nodes}
    return by_name, result.get("extensions", {}).get("policy", ())


async def test_it_is_shown_of_those_alone_who_consent_on_every_path(row_world: RowWorld) -> None:
    by_name, policy = await shown(row_world, "sales", "marketing")
    assert len(by_name) == 6
    assert {name for name, found in by_name.items() if found} == {"yes"}
    assert len(by_name["yes"]) == 4
    missing = {one["coordinate"] for one in policy if one["action"] == "CONSENT_MISSING"}
    assert {"Profile.email", "RecordTraits.email", "Identifiers.email"} <= missing
    assert {one["purpose"] for one in policy if one["action"] == "CONSENT_MISSING"} == {"marketing"}


async def test_another_purpose_or_role_needs_none(row_world: RowWorld) -> None:
    for role, purpose in (("sales", "service"), ("privacy_officer", "marketing")):
        by_name, policy = await shown(row_world, role, purpose)
        assert all(by_name.values())
        assert policy == ()


async def test_a_purpose_of_ones_own_is_asked_for_and_none_is_consented_to(
    row_world: RowWorld,
) -> None:
    cities = "{ customers { edges { node { profile { name city } } } } }"
    for purpose, expected in (("service", {"other"}), ("marketing", {"yes"}), ("", set[str]())):
        found = await row_world.ask(cities, "lead", purpose=purpose)
        profiles = [edge["node"]["profile"] for edge in found["data"]["customers"]["edges"]]
        assert {one["name"] for one in profiles if one["city"]} == expected


@pytest.mark.parametrize(("key", "is_shown"), [("yes", True), ("no", False), ("both1", False)])
async def test_aliases_and_single_customers_are_no_way_around(
    row_world: RowWorld, key: str, is_shown: bool
) -> None:
    found = await row_world.ask(RECORD, "sales", purpose="marketing", key=key)
    customer = found["data"]["customerByRecord"]
    values = [customer["again"]["mail"], *(one["traits"]["email"] for one in customer["records"])]
    assert all(values) if is_shown else not any(values)


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("equals: GRANTED", {"yes"}),
        ("in: [DENIED, WITHDRAWN]", {"no", "gone", "both"}),
        ("exists: false", {"silent", "other"}),
        ("notEquals: DENIED", {"yes", "gone", "silent", "other"}),
    ],
)
async def test_customers_are_found_by_what_holds_for_a_purpose(
    row_world: RowWorld, test: str, found: set[str]
) -> None:
    query = f"""{{ customers(filter: {{consents: {{marketing: {{{test}}}}}}}) {{
      totalCount edges {{ node {{ profile {{ name }} consents {{ status }} }} }} }} }}"""
    listed = (await row_world.ask(query, "privacy_officer"))["data"]["customers"]
    names = {edge["node"]["profile"]["name"].rstrip("12") for edge in listed["edges"]}
    assert (names, listed["totalCount"]) == (found, len(found))
    (denial,) = (await row_world.ask(query, "blind"))["errors"]
    assert denial["extensions"]["code"] == "ARGUMENT_DENIED"
    assert "CustomerFilter.consents" in denial["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        'filter: {email: {startsWith: "no"}}',
        "orderBy: {field: EMAIL}",
        "filter: {email: {exists: true}}",
    ],
)
async def test_nothing_is_chosen_or_sorted_by_what_some_do_not_show(
    row_world: RowWorld, arguments: str
) -> None:
    query = f"{{ customers({arguments}) {{ totalCount }} }}"
    denied = await row_world.ask(query, "sales", purpose="marketing")
    assert denied["data"]["customers"] is None
    assert denied["errors"][0]["extensions"]["code"] == "ARGUMENT_DENIED"
    assert "errors" not in await row_world.ask(query, "sales", purpose="service")


async def test_a_segment_made_of_it_is_not_told_and_provenance_neither(row_world: RowWorld) -> None:
    query = '{ segment(name: "reachable_by_email") { name } }'
    assert (await row_world.ask(query, "sales", purpose="marketing"))["data"]["segment"] is None
    assert (await row_world.ask(query, "sales", purpose="service"))["data"]["segment"] is not None
    for purpose, is_told in (("marketing", False), ("service", True)):
        nodes = (await row_world.ask(ALL, "sales", purpose=purpose))["data"]["customers"]["edges"]
        traits = {one["trait"] for edge in nodes for one in edge["node"]["provenance"]}
        assert ("email" in traits) is is_told


async def test_a_withdrawal_holds_for_the_next_request(row_world: RowWorld) -> None:
    await row_world.consent([{**answer("yes", "WITHDRAWN"), "at": "2026-02-01T00:00:00Z"}])
    by_name, _ = await shown(row_world, "sales", "marketing")
    assert not any(by_name.values())


async def test_profile_is_not_asked_who_consents_for_what_the_log_tells(
    row_world: RowWorld,
) -> None:
    calls: list[str] = []
    profile = row_world.graphs["profile"]
    execute = profile.execute

    async def watched(query: str, *rest: Any) -> Any:
        calls.append(query)
        return await execute(query, *rest)

    profile.execute = watched
    emails = "{ customers { edges { node { id profile { name email } } } } }"
    try:
        assert "errors" not in await row_world.ask(emails, "sales", purpose="marketing")
    finally:
        profile.execute = execute
    assert calls and not any("consented(" in one for one in calls)


async def test_a_withdrawal_holds_for_the_next_event(row_world: RowWorld) -> None:
    query = '{ customerByRecord(source: "crm", key: "other") { id } }'
    id_ = (await row_world.ask(query, "lead"))["data"]["customerByRecord"]["id"]
    watch = f'subscription {{ customerChanged(id: "{id_}") {{ profile {{ name city }} }} }}'
    listening = asyncio.create_task(row_world.listen(watch, "lead", "ann", 2.5))
    await asyncio.sleep(0.5)
    await row_world.write([named("before", 2)])
    await asyncio.sleep(0.5)
    withdrawn = {**answer("other", "WITHDRAWN", "service"), "at": "2026-02-01T00:00:00Z"}
    await row_world.consent([withdrawn])
    await row_world.write([named("after", 3)])
    profiles = [one["data"]["customerChanged"]["profile"] for one in await listening]
    shown_cities = {one["name"] for one in profiles if one["city"]}
    assert {one["name"] for one in profiles} == {"before", "after"}
    assert shown_cities == {"before"}


def named(name: str, revision: int) -> dict[str, Any]:
    return {**record("other", name=name, city="Bonn"), "revision": revision}


MEMBERS = """query($name: ID!) { segment(name: $name) {
  size members { edges { node { id } } } } }"""


async def test_who_is_in_a_segment_of_it_is_told_for_purposes_that_ask_for_no_consent(
    row_world: RowWorld,
) -> None:
    condition = {"trait": "email", "op": "exists"}
    await change(row_world, SAVE, OFFICER, name="reachable", condition=condition)
    for purpose, is_told in (("service", True), ("marketing", False)):
        found = await row_world.ask(MEMBERS, "sales", purpose=purpose, name="reachable")
        segment = found["data"]["segment"]
        assert (segment is not None) is is_told
        assert not is_told or segment["size"] == len(segment["members"]["edges"]) > 1
        listed = await row_world.ask("{ segments { name } }", "sales", purpose=purpose)
        assert ("reachable" in {one["name"] for one in listed["data"]["segments"]}) is is_told
