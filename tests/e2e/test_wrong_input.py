"""Wrong input gets a clear error with a stable code; the rest goes on; nothing is half done."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import UPSERT
from tests.e2e.running import Running, status


def _upsert(instance: Running, records: list, *flags: str) -> dict:
    body = {"query": UPSERT, "variables": {"records": records}}
    return instance.post(body, instance.token("connector", *flags))[1]


def _items(answer: dict) -> list[dict]:
    return answer["data"]["upsertRecords"]["results"]


def _good(key: str) -> dict:
    return {"source": "crm", "key": key, "traits": {"name": "Ann"}}


def _code(answer: dict) -> str:
    return answer["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"source": "crm", "key": "x", "traits": {"nmae": "Ann"}}, "UNKNOWN_TRAIT"),
        ({"source": "cmr", "key": "x", "traits": {}}, "UNKNOWN_SOURCE"),
        ({"source": "crm", "key": "x", "traits": {"name": 5}}, "TRAIT_TYPE"),
        (
            {"source": "crm", "key": "x", "identifiers": [{"type": "fone", "value": "1"}]},
            "UNKNOWN_IDENTIFIER",
        ),
    ],
)
def test_one_bad_record_is_refused_alone_and_kept_in_quarantine(
    instance: Running, bad: dict, code: str
) -> None:
    quarantined = status(instance.data)["quarantine"]
    items = _items(_upsert(instance, [_good("a"), bad, _good("b")]))
    assert [item["status"] for item in items] == ["ACCEPTED", "REFUSED", "ACCEPTED"]
    assert items[1]["code"] == code
    assert items[1]["index"] == 1
    assert status(instance.data)["quarantine"] == quarantined + 1


def test_a_thousand_and_one_records_are_refused_whole(instance: Running) -> None:
    records = status(instance.data)["log"]["records"]
    answer = _upsert(instance, [_good(str(n)) for n in range(1001)])
    assert _code(answer) == "TOO_MANY_ITEMS"
    assert status(instance.data)["log"]["records"] == records


def test_a_token_for_another_source_may_not_write_this_one(instance: Running) -> None:
    items = _items(_upsert(instance, [_good("a")], "--source", "erp"))
    assert (items[0]["status"], items[0]["code"]) == ("REFUSED", "SOURCE_FORBIDDEN")


def test_a_reader_may_not_write(instance: Running) -> None:
    answer = instance.ask("support_agent", UPSERT, records=[_good("a")])
    assert _code(answer) == "FIELD_DENIED"


def test_bad_json_is_one_coded_error(instance: Running) -> None:
    http, answer = instance.post(b'{"query": ', instance.token("connector"))
    assert http == 400
    assert len(answer["errors"]) == 1
    assert _code(answer)


def test_a_ten_megabyte_body_is_refused(instance: Running) -> None:
    http, answer = instance.post(
        b'{"query":"' + b" " * 10_000_000 + b'"}', instance.token("connector")
    )
    assert http == 413
    assert _code(answer) == "BODY_TOO_LARGE"


def test_an_unknown_field_and_a_syntax_error_are_coded_and_echo_no_value(
    instance: Running,
) -> None:
    for query in ('{ customer(id: "13800138000") { fone } }', "{ customer(id: "):
        answer = instance.ask("privacy_officer", query)
        assert _code(answer)
        assert "13800138000" not in str(answer)


def test_a_wrongly_typed_variable_is_not_echoed(instance: Running) -> None:
    query = "query ($first: Int) { customers(first: $first) { totalCount } }"
    answer = instance.ask("privacy_officer", query, first="13800138000x")
    assert answer["errors"]
    assert "13800138000" not in str(answer)


def test_a_query_for_too_much_is_refused_before_anything_is_read(people: Running) -> None:
    members = "segments { members(first: 200) { edges { node { %s } } } }"
    query = "{ customers(first: 200) { edges { node { %s } } } }" % (members % (members % "id"))
    answer = people.ask("marketing_analyst", query)
    assert _code(answer) == "OPERATION_TOO_LARGE"
    assert answer.get("data") is None


def test_what_was_refused_is_seen_by_whom_policy_lets(
    instance: Running,
) -> None:
    _upsert(instance, [{"source": "crm", "key": "refused", "traits": {"nmae": "Zora"}}])
    query = '{ quarantine(first: 1, source: "crm") { edges { node { id key code item } } } }'
    for role in ("support_agent", "marketing_analyst", "connector"):
        answer = instance.ask(role, query)
        assert _code(answer) == "FIELD_DENIED"
        assert "Zora" not in str(answer)
    (edge,) = instance.ask("privacy_officer", query)["data"]["quarantine"]["edges"]
    assert (edge["node"]["key"], edge["node"]["code"]) == ("refused", "UNKNOWN_TRAIT")
    assert "Zora" in edge["node"]["item"]
    resend = "mutation ($ids: [ID!]!) { resendQuarantined(ids: $ids) { results { status code } } }"
    response = instance.ask("connector", resend, ids=[edge["node"]["id"], "no-id"])
    assert response["data"]["resendQuarantined"]["results"] == [
        {"status": "REFUSED", "code": "UNKNOWN_TRAIT"},
        {"status": "REFUSED", "code": "QUARANTINE_UNKNOWN"},
    ]
    assert _code(instance.ask("support_agent", resend, ids=[])) == "FIELD_DENIED"


def test_dead_letters_are_for_whom_policy_lets(instance: Running) -> None:
    query = "{ deadLetters(first: 1) { edges { node { id content } } } }"
    for role in ("support_agent", "marketing_analyst", "connector"):
        assert _code(instance.ask(role, query)) == "FIELD_DENIED"
    assert instance.ask("privacy_officer", query)["data"] == {"deadLetters": {"edges": []}}
    resend = "mutation ($ids: [ID!]!) { resendDeadLetters(ids: $ids) { results { code } } }"
    answer = instance.ask("connector", resend, ids=["no-id"])["data"]["resendDeadLetters"]
    assert answer == {"results": [{"code": "DEAD_LETTER_UNKNOWN"}]}
    assert _code(instance.ask("support_agent", resend, ids=[])) == "FIELD_DENIED"
