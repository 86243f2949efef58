"""What is not understood of a connector's file is refused, with its place and what is near."""

import pytest
from c360_connectors.reading.connector import connectors_in, parse_connector, read_connector
from c360_connectors.refusals import ConnectorInvalid

WHOLE = """\
connector: crm
source: crm
pull:
  every: 5m
  login:
    request:
      url: https://crm.example/token
      form: {secret: "{secret.key}"}
    token: access_token
  request:
    url: https://crm.example/v1/{until}/people
    headers: {authorization: "Bearer {token}"}
    query: {since: "{cursor}", after: "{next}", size: "{limit}"}
  pages:
    next: {path: paging.next, limit: 10}
  rows: {path: people}
  cursor: {column: changed, type: datetime, initial: "2026-01-01", lookback: 1m}
  errors:
    - {path: code, not_in: [0], then: retry}
  limits: {per_second: 2, timeout: 10s}
mapping:
  kind: records
  key: id
  observedAt: changed
  traits: {name: name}
"""
WRONG = [
    ("connector: crm", "connector: erp", "line 1: connector must be 'crm', as its file is called"),
    ("source: crm", "sauce: crm", "unknown key 'sauce' in the connector, did you mean 'source'?"),
    ("  every: 5m", "  every: 5 min", "line 4: pull.every: a length of time is written as"),
    ("  every: 5m", "  every: 1ms", "pull.every is at least 1s"),
    ("https://crm.example/token", "file:///etc/passwd", "pull.login.request.url begins with https"),
    ("https://crm.example/token", "https://ann:pw@crm.example/", "names nobody before its host"),
    ("https://crm.example/token", "https://[::1/token", "pull.login.request.url begins with https"),
    ("https://crm.example/token", "https://crm.example:port/t", "request.url begins with https"),
    ("https://crm.example/token", "https://crm.example:99999/t", "request.url begins with https"),
    ("https://crm.example/token", '"https://crm.example/\\n"', "request.url begins with https"),
    ("{authorization:", "{authori zation:", "pull.request.headers has a name or a value that no"),
    ('"Bearer {token}"', '"Bearer\\r\\nhost: x {token}"', "pull.request.headers has a name or a"),
    ("limit: 10}", "limit: --10}", "pull.pages.next.limit must be a whole number"),
    ("limit: 10}", f"limit: {'9' * 5_000}}}", "pull.pages.next.limit must be a whole number"),
    ("per_second: 2", f"per_second: {'9' * 5_000}", "pull.limits.per_second is no number that"),
    ("per_second: 2", "per_second: !!int '[2]'", "pull.limits.per_second must be text, a number"),
    ("per_second: 2", "per_second: !!int '{'", "pull.limits.per_second is no number that can"),
    ("per_second: 2", "per_second: .nan", "pull.limits.per_second is a number above 0"),
    ("traits: {name: name}", "traits: &all {name: *all}", "values within one another"),
    ("traits: {name: name}", f"traits: {'[' * 5_000}", "values within one another"),
    ("traits: {name: name}", f"traits: {'[' * 200}{']' * 200}", "100 values within one another"),
    ("https://crm.example/v1", "https://crm.example{next}/v1", "no place before its first /"),
    ("https://crm.example/v1", "https://{secret.host}/v1", "a host that is written out"),
    ('"Bearer {token}"', '"Bearer {tokn}"', "there is no value {tokn} here, did you mean 'token'?"),
    ('"{secret.key}"', '"{secret.../key}"', "there is no value {secret.../key} here"),
    ('"{cursor}"', '"now"', "line 11: pull.request says {cursor} nowhere"),
    ('after: "{next}", ', "", "pull.request says {next} nowhere"),
    ("next: {path:", "nxt: {path:", "unknown key 'nxt' in pull.pages, did you mean 'next'?"),
    ("next: {path: paging.next, limit: 10}", "offset: {limit: 0}", "pull.pages.offset.limit is at"),
    ("next: {path: paging.next, limit: 10}", "link: {header: next}", "must be one of link"),
    ("rows: {path: people}", "rows: {path: 'a..b'}", "pull.rows.path: a path is written as"),
    ("rows: {path: people}", "rows: {}", "pull.rows needs 'path'"),
    ("type: datetime", "type: date", "pull.cursor.type must be one of datetime, number"),
    ("type: datetime", "type: number", "pull.cursor.lookback belongs to type: datetime"),
    ('initial: "2026-01-01"', "initial: yesterday", "pull.cursor.initial is a date or an instant"),
    ("not_in: [0], then", "in: [1], not_in: [0], then", "pull.errors[0] says either"),
    ("then: retry", "then: rety", "pull.errors[0].then must be one of login, retry, stop, did you"),
    ("per_second: 2", "per_second: 0", "pull.limits.per_second is a number above 0"),
    ("  key: id", "  kye: id", "unknown key 'kye' in the mapping, did you mean 'key'?"),
    ("  observedAt: changed\n", "", "records needs 'revision' or 'observedAt'"),
    ("  rows:", "  rows: 1\n  rows:", "pull says 'rows' twice"),
]


def test_a_whole_one_is_read_with_the_secrets_that_it_names() -> None:
    one = parse_connector(WHOLE, "crm")
    assert (one.source, one.secrets, one.pull.every_ms) == ("crm", {"key"}, 300_000)
    assert one.pull.limits.per_second == 2


@pytest.mark.parametrize(("was", "put", "why"), WRONG, ids=[put for _, put, _ in WRONG])
def test_what_is_not_understood_is_refused(was: str, put: str, why: str) -> None:
    assert WHOLE.count(was) == 1
    with pytest.raises(ConnectorInvalid) as refused:
        parse_connector(WHOLE.replace(was, put), "crm")
    assert why in refused.value.message
    assert refused.value.message.startswith("line ")


def test_aliases_that_stand_for_very_much_are_refused() -> None:
    laughs = ["x"] * 10
    lines = [f"  a0: &a0 [{', '.join(laughs)}]"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    text = WHOLE.replace(
        "      form: {",
        "\n".join(["      json:", *(f"      {one}" for one in lines)]) + "\n      form: {",
    )
    with pytest.raises(ConnectorInvalid, match="values in one file"):
        parse_connector(text, "crm")


def test_events_need_an_id_of_their_own() -> None:
    mapping = "mapping: {kind: events, key: id, event: name, occurredAt: at}\n"
    with pytest.raises(ConnectorInvalid, match="needs 'messageId'"):
        parse_connector(WHOLE.partition("mapping:")[0] + mapping, "crm")


def test_a_folder_tells_its_connectors_and_the_nearest(tmp_path) -> None:
    (tmp_path / "crm.yaml").write_text(WHOLE)
    (tmp_path / "notes.txt").write_text("")
    assert connectors_in(tmp_path) == ["crm"]
    assert connectors_in(tmp_path / "none") == []
    assert read_connector(tmp_path, "crm").name == "crm"
    for name in ("crmm", "../crm", "CRM"):
        with pytest.raises(ConnectorInvalid) as refused:
            read_connector(tmp_path, name)
        assert refused.value.code == "CONNECTOR_MISSING"
    assert "did you mean 'crm'?" in str(refused.value)
    (tmp_path / "Erp.yaml").write_text(WHOLE)
    (tmp_path / "shop.yaml").mkdir()
    assert connectors_in(tmp_path) == ["Erp", "crm"]
    with pytest.raises(ConnectorInvalid, match="called by more than small letters"):
        read_connector(tmp_path, "Erp")


def test_a_file_at_fault_is_named(tmp_path) -> None:
    (tmp_path / "crm.yaml").write_text(WHOLE.replace("kind: records", "kind: recrods"))
    with pytest.raises(ConnectorInvalid, match=r"crm\.yaml, line 22: .*did you mean 'records'"):
        read_connector(tmp_path, "crm")
    (tmp_path / "crm.yaml").write_bytes(b"\xff")
    with pytest.raises(ConnectorInvalid, match="UTF-8"):
        read_connector(tmp_path, "crm")
