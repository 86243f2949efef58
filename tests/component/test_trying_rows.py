"""Rows and consents of a policy that is tried, in the API and on the command line: they agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_policy.reading.joining import joined
from c360_policy.store.shipped import policy_text, rows_text
from typer.testing import CliRunner

from c360_cli.main import app
from tests.component.row_world import ROWS, SELLERS, RowWorld, record

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
PEOPLE = (
    *(record(f"n{i}", name=f"N{i}", owner="ann", team="north") for i in "123"),
    *(record(f"s{i}", name=f"S{i}", owner="bob", team="south") for i in "12"),
    record("loose", name="Loose"),
)
LIST = "{ customers { edges { node { profile { name email } } } } }"
DIFF = """query($a: String!, $b: String!, $of: [String!], $by: String!) {
  policyDiff(a: $a, b: $b, attributes: $of, subject: $by) {
    roles purposes act coordinate from to hidden shown } }"""
REPLAY = """query($candidate: String!) { policyReplay(candidate: $candidate, days: 1) {
  decidedOn operations affectedOperations principals coordinates customers withheldCustomers
  changes { roles use coordinate from to operations principals decidedOn customers hidden shown }
} }"""
CANDIDATE = """rows:
  sales: {trait: team, op: equals, value: south}
  lead: {trait: team, op: in, value: $team}
  nobody: none
consent:
  - {object: "tag:email", purposes: [marketing], roles: [lead]}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def row_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("tried"))
    await world.start(*PEOPLE)
    granted = [consent(key, "granted") for key in ("n1", "n2")]
    await world.consent([*granted, consent("n3", "denied")])
    await world.ask(LIST, "sales", sub="ann")
    await world.ask(LIST, "sales", sub="bob")
    lead = {"sub": "lea", "attributes": ["team=north"], "purpose": "marketing"}
    await world.ask(LIST, "lead", **lead)
    await world.settle()
    yield world
    await world.close()


def consent(key: str, status: str) -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    return {"source": "crm", "key": key, "purpose": "marketing", "status": status, "at": at}


@pytest.fixture(scope="module")
def candidate(row_world: RowWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("candidate") / "policy.csv"
    file.write_text(policy_text(row_world.settings.policy_directory))
    file.with_name("rows.yaml").write_text(CANDIDATE)
    return file


def run_here(row_world: RowWorld, *arguments: object) -> Any:
    data = str(row_world.settings.data)
    result = CliRunner().invoke(app, ["policy", *map(str, arguments), "--data", data, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def run(row_world: RowWorld, *arguments: object) -> Any:
    """What a command prints; it has an event loop of its own."""
    return await asyncio.to_thread(run_here, row_world, *arguments)


async def field(row_world: RowWorld, query: str, *more: str, **variables: object) -> Any:
    answer = await row_world.ask(query, "policy_author", *more, sub="ada", **variables)
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


def plain(change: dict[str, Any]) -> tuple[object, ...]:
    names = ("use", "coordinate", "operations", "principals", "customers", "hidden", "shown")
    return tuple(str(change[name]) for name in names)


EXPECTED = {
    # What ann was shown of her own is hidden; bob's own are those of the south.
    ("rows", "Customer", "1", "['ann']", "3", "3", "2"),
    ("consent", "Profile.email", "1", "['lea']", "1", "4", "0"),
}


async def test_a_replay_says_whom_rows_and_consents_would_have_withheld(
    row_world: RowWorld, candidate: Path
) -> None:
    text = joined(candidate.read_text(), CANDIDATE)
    by_api = await field(row_world, REPLAY, "privacy_officer", candidate=text)
    assert {plain(one) for one in by_api["changes"]} == EXPECTED
    assert {one["decidedOn"] for one in by_api["changes"]} == {"TODAY"}
    assert by_api["affectedOperations"] == 2
    assert by_api["principals"] == ["ann", "lea"]
    assert (by_api["withheldCustomers"], by_api["coordinates"]) == (3, ["Profile.email"])
    by_hand = await run(row_world, "replay", candidate, "--days", 1)
    assert {plain(one) for one in by_hand["changes"]} == EXPECTED
    same = (
        "customers",
        "affectedOperations",
        "principals",
        "coordinates",
        "withheldCustomers",
        "decidedOn",
    )
    assert [by_hand[name] for name in same] == [by_api[name] for name in same]


async def test_who_may_not_list_customers_is_told_of_no_few(
    row_world: RowWorld, candidate: Path
) -> None:
    text = joined(candidate.read_text(), CANDIDATE)
    variables = {"a": "in-force", "b": text, "of": ["team=north"], "by": "ann"}
    differences = await field(row_world, DIFF, **variables)
    assert any(one["act"] == "rows" for one in differences)
    assert {(one["hidden"], one["shown"]) for one in differences} == {(None, None)}
    replay = await field(row_world, REPLAY, candidate=text)
    numbers = {one[name] for one in replay["changes"] for name in ("customers", "hidden", "shown")}
    assert (numbers, replay["customers"], replay["withheldCustomers"]) == ({None}, 0, 0)
    assert replay["principals"] == ["ann", "lea"]


async def test_a_diff_counts_the_customers_of_today(row_world: RowWorld, candidate: Path) -> None:
    text = joined(candidate.read_text(), CANDIDATE)
    variables = {"a": "in-force", "b": text, "of": ["team=north"], "by": "ann"}
    by_api = [
        one
        for one in await field(row_world, DIFF, "privacy_officer", **variables)
        if one["act"] in ("rows", "consent")
    ]
    rows = {(*one["roles"], one["act"]): (one["hidden"], one["shown"]) for one in by_api}
    assert rows["sales", "rows"] == (3, 2)
    assert rows["lead", "consent"] == (None, None)
    assert ("lead", "rows") not in rows
    given = ("--attribute", "team=north", "--subject", "ann")
    by_hand = await run(row_world, "diff", "in-force", candidate, *given)
    assert [(*one["roles"], one["about"], one["coordinate"]) for one in by_hand["rows"]] == [
        (*one["roles"], one["act"], one["coordinate"]) for one in by_api
    ]
    assert {(one["section"], one["name"]) for one in by_hand["rowsFile"]} == {
        ("rows", "sales"),
        ("consent", "tag:email for marketing of lead"),
    }


@pytest.mark.parametrize(
    ("key", "team", "hidden", "consents"),
    [("n1", "north", False, True), ("n3", "north", False, False), ("s1", "north", True, False)],
)
async def test_an_explanation_says_whether_a_customer_is_hidden_and_by_which_rule(
    row_world: RowWorld, candidate: Path, key: str, team: str, hidden: bool, consents: bool
) -> None:
    found = await id_of(row_world, key)
    given = ("--role", "lead", "--attribute", f"team={team}", "--purpose", "marketing")
    policy = ("--policy", candidate, "--customer", found)
    answer = await run(row_world, "explain", "Profile.email", *given, *policy)
    (rule,) = answer["rowRules"]
    assert (rule["role"], rule["line"], rule["shows"]) == ("lead", 3, not hidden)
    expected = {"id": found, "hidden": hidden, "consents": consents, "decidedOn": "TODAY"}
    assert answer["customer"] == expected


async def test_tests_name_customers_of_the_instance(
    row_world: RowWorld, candidate: Path, tmp_path: Path
) -> None:
    north, south = [await id_of(row_world, key) for key in ("n3", "s1")]
    tests = tmp_path / "tests.yaml"
    tests.write_text(f"""
principals: {{lea: {{roles: [lead], attributes: {{team: north}}}}}}
customers: {{hers: {{id: {north}}}, other: {{id: {south}}}}}
tests:
  - {{principals: [lea], customers: [hers], expect: {{Profile.email: read}}}}
  - principals: [lea]
    customers: [hers]
    purposes: [marketing]
    expect: {{Profile.email: no_consent}}
  - {{principals: [lea], customers: [other], expect: {{Profile.email: hidden}}}}
""")
    answer = await run(row_world, "test", tests, "--policy", candidate)
    assert (answer["asked"], answer["failed"], answer["decidedOn"]) == (3, [], "TODAY")
    tests.write_text(tests.read_text().replace(south, "nobody"))
    data = str(row_world.settings.data)
    given = ["policy", "test", str(tests), "--data", data]
    refused = await asyncio.to_thread(CliRunner().invoke, app, given)
    assert refused.exit_code and "other: no such customer" in str(refused.exception)


async def id_of(row_world: RowWorld, key: str) -> str:
    query = 'query($key: String!) { customerByRecord(source: "crm", key: $key) { id } }'
    found = await row_world.ask(query, "privacy_officer", key=key)
    return str(found["data"]["customerByRecord"]["id"])


async def test_attributes_are_on_record_with_what_was_asked(row_world: RowWorld) -> None:
    query = '{ operations(principal: "lea") { edges { node { details { name value } } } } }'
    answer = await row_world.ask(query, "auditor")
    assert '{"team":["north"]}' in json.dumps(answer).replace("\\", "")


async def test_the_candidate_is_not_what_is_in_force(row_world: RowWorld) -> None:
    assert rows_text(row_world.settings.policy_directory) == ROWS
    assert SELLERS in policy_text(row_world.settings.policy_directory)
