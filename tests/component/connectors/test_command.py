"""`c360 connect` over a data directory: what is told of a source, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_connect.settings import ConnectSettings
from c360_connectors.reading.connector import read_connector
from c360_kernel.errors import SettingsError
from click.testing import Result
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.connecting import entering
from c360_cli.connecting.beside import part_of, readable
from c360_cli.main import app
from c360_cli.running.locking import sole_keeper
from tests.component.connectors.source import LOOPBACK, Told, serving

TEXT = """\
connector: crm
source: crm
pull:
  request: {url: "URL/people"}
  rows: {path: people}
mapping: {kind: records, key: id, observedAt: at, traits: {name: name}}
"""
PEOPLE = [
    {"id": 1, "at": "2024-01-01", "name": "Ada Byron", "contact": {"eMail": "ada@example.com"}},
    {"id": None, "at": "2024-01-01", "name": "Alan Turing", "city": "Bonn"},
]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "data"
    assemble(data)
    (data / "connectors").mkdir()
    with serving(lambda _: Told({"people": PEOPLE})) as url:
        (data / "connectors/crm.yaml").write_text(TEXT.replace("URL", url))
        yield data


def run(data: Path, *arguments: str, **more: str) -> Result:
    env = {"C360_CONNECT_NETWORKS": LOOPBACK, **more}
    return CliRunner().invoke(app, ["connect", *arguments, "--data", str(data)], env=env)


def test_a_check_tells_fields_and_never_values(data: Path) -> None:
    told = run(data, "check", "crm")
    assert told.exit_code == 1
    assert "2 rows on the first page; columns: at, city, contact.eMail, id, name" in told.stdout
    assert "traits.name: in 1 of 1 items" in told.stdout
    assert "refused: FIELD_MISSING key: the row has nothing for 'key'" in told.stdout
    assert "    email: contact.eMail" in told.stdout
    assert "    city: city" in told.stdout
    assert [one for one in ("Ada", "Alan", "ada@", "Bonn") if one in told.output] == []
    assert not (data / "connect").exists()


def test_what_is_no_connector_is_refused_by_the_nearest_name(data: Path) -> None:
    refused = run(data, "check", "crn")
    assert getattr(refused.exception, "code", None) == "CONNECTOR_MISSING"
    assert "did you mean 'crm'?" in str(refused.exception)


@pytest.mark.parametrize(
    ("was", "put", "code", "near"),
    [
        ("source: crm", "source: crmm", "UNKNOWN_SOURCE", "did you mean 'crm'?"),
        ("{name: name}", "{nome: name}", "UNKNOWN_TRAIT", "did you mean 'name'?"),
        ("at, traits", "at, identifiers: {emial: m}, traits", "UNKNOWN_IDENTIFIER", "'email'?"),
    ],
)
def test_what_the_instance_would_refuse_of_each_row_is_told_by_a_check(
    data: Path, was: str, put: str, code: str, near: str
) -> None:
    file = data / "connectors/crm.yaml"
    file.write_text(file.read_text().replace(was, put))
    refused = run(data, "check", "crm")
    assert getattr(refused.exception, "code", None) == code
    assert near in str(refused.exception)


def test_a_source_that_is_away_is_told_soon_by_a_check(data: Path) -> None:
    asked: list[object] = []

    def away(one: object) -> Told:
        asked.append(one)
        return Told({}, 503, {"retry-after": "0"})

    with serving(away) as url:
        (data / "connectors/crm.yaml").write_text(TEXT.replace("URL", url))
        refused = run(data, "check", "crm")
    assert getattr(refused.exception, "code", None) == "CONNECTOR_AWAY"
    assert len(asked) == 2


def test_one_that_cannot_be_read_hides_no_other(data: Path) -> None:
    (data / "connectors/erp.yaml").write_text("connector: erp\n")
    told = run(data, "status")
    assert told.exit_code == 0
    crm, erp = told.stdout.splitlines()
    assert crm == "crm: nothing taken; 0 runs to the end"
    assert erp.startswith("erp: nothing taken; CONNECTOR_INVALID: ")
    listed = json.loads(run(data, "status", "--json").stdout)
    assert [(one["name"], one["stopped"]) for one in listed] == [("crm", False), ("erp", True)]
    refused = run(data, "status", "erp")
    assert getattr(refused.exception, "code", None) == "CONNECTOR_INVALID"


def test_a_connector_that_is_named_twice_is_run_once(data: Path) -> None:
    with serving(lambda _: Told({"people": []})) as url:
        (data / "connectors/crm.yaml").write_text(TEXT.replace("URL", url))
        told = run(data, "run", "crm", "crm", "--once", "--token", "t")
    assert told.stdout == "crm: nothing taken; 1 runs to the end\n"


def test_a_connector_that_was_never_run_has_taken_nothing(data: Path) -> None:
    assert run(data, "status").stdout == "crm: nothing taken; 0 runs to the end\n"
    (one,) = json.loads(run(data, "status", "--json").stdout)
    assert (one["name"], one["cursor"], one["stopped"]) == ("crm", None, False)


def test_a_state_that_is_damaged_is_told_before_anything_is_asked(data: Path) -> None:
    (data / "connect").mkdir()
    (data / "connect/crm.json").write_text('{"walk": 7}')
    refused = run(data, "run", "crm", "--once")
    assert getattr(refused.exception, "code", None) == "CONNECTOR_STATE_DAMAGED"


@pytest.mark.parametrize("log", ["", "kafka://127.0.0.1:9"])
def test_one_process_runs_a_connector_wherever_the_log_is(data: Path, log: str) -> None:
    instance = assemble(data)
    with sole_keeper(instance, [part_of(read_connector(data / "connectors", "crm"))]):
        refused = run(data, "run", "crm", "--once", **({"C360_LOG": log} if log else {}))
    assert getattr(refused.exception, "code", None) == "DATA_IN_USE"


def test_where_there_is_no_gateway_a_connector_needs_a_key_of_its_own(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, chosen = read_connector(data / "connectors", "crm"), ConnectSettings(data=data)
    monkeypatch.setattr(entering, "find_spec", lambda _: None)
    with pytest.raises(SettingsError) as refused:
        entering.token_of(chosen, connector)
    assert refused.value.code == "CONNECTOR_KEY_MISSING"
    key = chosen.secrets_of("crm") / entering.KEY
    key.parent.mkdir(parents=True)
    key.write_text("a-key\n")
    key.chmod(0o600)
    assert entering.token_of(chosen, connector) == "a-key"


def test_an_instance_runs_those_that_can_be_read(data: Path) -> None:
    (data / "connectors/erp.yaml").write_text("connector: erp\nsauce: erp\n")
    assert [one.name for one in readable(ConnectSettings(data=data))] == ["crm"]
