"""One question as four callers: masked, cut and explained, clear, refused."""

from __future__ import annotations

import pytest

from tests.e2e.running import Running

PHONES = "{ customers { edges { node { id profile { phone } } } } }"
CLEAR = {"+8613900000001", "+8613900000002"}


def _phones(answer: dict) -> list[str | None]:
    return [edge["node"]["profile"]["phone"] for edge in answer["data"]["customers"]["edges"]]


def test_a_support_agent_sees_masked_phones(people: Running) -> None:
    answer = people.ask("support_agent", PHONES)
    assert "errors" not in answer
    assert len(_phones(answer)) == 2
    for phone in _phones(answer):
        assert phone is not None and "*" in phone and phone not in CLEAR


def test_a_marketing_analyst_gets_none_and_is_told_why(people: Running) -> None:
    answer = people.ask("marketing_analyst", PHONES)
    nodes = [edge["node"] for edge in answer["data"]["customers"]["edges"]]
    assert all(not (node["profile"] or {}).get("phone") for node in nodes)
    denials = [e for e in answer["errors"] if e["extensions"]["code"] == "FIELD_DENIED"]
    assert [error["extensions"]["coordinates"] for error in denials] == [["Profile.phone"]]


def test_a_privacy_officer_sees_clear_phones(people: Running) -> None:
    answer = people.ask("privacy_officer", PHONES)
    assert "errors" not in answer
    assert set(_phones(answer)) == CLEAR


@pytest.mark.parametrize("token", [None, "nonsense", "a.b.c"])
def test_without_a_good_token_nobody_sees_anything(people: Running, token: str | None) -> None:
    status, answer = people.post({"query": PHONES}, token)
    assert status == 401
    assert not answer.get("data")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


_BY_PHONE = '{phone: {equals: "+8613900000001"}}'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ customers { edges { node { identifiers { phone } } } } }", "FIELD_DENIED"),
        ("{ customers { edges { node { a: identifiers { b: phone } } } } }", "FIELD_DENIED"),
        ("{ customers { edges { node { records { traits { phone } } } } } }", "FIELD_DENIED"),
        ("{ customers { edges { node { records { identifiers { phone } } } } } }", "FIELD_DENIED"),
        (
            "{ customers { edges { node { records { history { traits { phone } } } } } } }",
            "FIELD_DENIED",
        ),
        (
            "fragment F on Profile { phone } { customers { edges { node { profile { ...F } } } } }",
            "FIELD_DENIED",
        ),
        (f"{{ customers(filter: {_BY_PHONE}) {{ totalCount }} }}", "ARGUMENT_DENIED"),
        (f"{{ customers(filter: {{not: {_BY_PHONE}}}) {{ totalCount }} }}", "ARGUMENT_DENIED"),
        ("{ customers(orderBy: {field: PHONE}) { totalCount } }", "ARGUMENT_DENIED"),
        ("{ customers { edges { node { records { key } } } } }", "FIELD_DENIED"),
        ("{ customers { edges { node { provenance { key } } } } }", "FIELD_DENIED"),
        ("{ customers { edges { node { consents { key } } } } }", "FIELD_DENIED"),
        (
            "{ customers { edges { node { timeline { edges { node { key messageId } } } } } } }",
            "FIELD_DENIED",
        ),
        ('{ customerByRecord(source: "crm", key: "1") { id } }', "ARGUMENT_DENIED"),
        ('{ customerByIdentifier(type: PHONE, value: "13900000001") { id } }', "ARGUMENT_DENIED"),
    ],
)
def test_an_analyst_gets_no_phone_and_no_key_through_any_other_door(
    people: Running, query: str, code: str
) -> None:
    analyst = people.ask("marketing_analyst", query)
    officer = people.ask("privacy_officer", query)
    assert "errors" not in officer, "the question itself must be a good one"
    assert code in {error["extensions"]["code"] for error in analyst["errors"]}
    assert "1390000000" not in str(analyst)
    assert analyst["data"] != officer["data"]


def test_every_operation_is_audited_before_its_answer(people: Running) -> None:
    from tests.e2e.running import status

    # A token that is minted is on record as well.
    for role in ("support_agent", "marketing_analyst"):
        people.token(role)
    before = status(people.data)["log"]["audit"]
    people.ask("support_agent", PHONES)
    people.ask("marketing_analyst", PHONES)
    assert status(people.data)["log"]["audit"] == before + 2


def test_one_person_by_two_systems_is_one_customer(people: Running) -> None:
    query = """{
      a: customerByRecord(source: "crm", key: "1") { id records { source key } }
      b: customerByRecord(source: "erp", key: "77") { id profile { name phone email } }
      c: customerByIdentifier(type: EMAIL, value: "wang@example.cn") { id }
      d: customerByRecord(source: "crm", key: "2") { id }
    }"""
    data = people.ask("privacy_officer", query)["data"]
    assert data["a"]["id"] == data["b"]["id"] == data["c"]["id"] != data["d"]["id"]
    assert {(r["source"], r["key"]) for r in data["a"]["records"]} == {("crm", "1"), ("erp", "77")}
    assert data["b"]["profile"]["email"] == "wang@example.cn"
