"""`c360 keys` over a data directory: a key is shown once, two may hold, one may be taken back."""

import json

import pytest
from c360_gateway.auth.connectors.file import ConnectorKeys
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.main import app


@pytest.fixture
def data(tmp_path):
    assert assemble(tmp_path).services
    return tmp_path


def keys(data, *arguments):
    return CliRunner().invoke(app, ["keys", *arguments, "--data", str(data)])


def refusal_of(data, *arguments):
    done = keys(data, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def code_of(done):
    return getattr(done.exception, "code", None)


def test_keys_are_added_rotated_and_revoked(data):
    first = refusal_of(data, "add", "crm", "--source", "crm")
    second = refusal_of(data, "rotate", "crm")
    assert code_of(keys(data, "rotate", "crm")) == "CONNECTOR_KEYS_ACTIVE"
    accepted = ConnectorKeys(data / "connector-keys.jsonl")
    for one in (first, second):
        assert accepted.accept(one["key"]).rights.sources == {"crm"}
    refusal_of(data, "revoke", first["id"])
    assert [json.loads(line)["key"] for line in keys(data, "list").stdout.splitlines()] == [
        second["id"]
    ]
    assert code_of(keys(data, "revoke", first["id"])) == "CONNECTOR_KEY_UNKNOWN"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "crm", "--source", "cmr"), "UNKNOWN_SOURCE"),
        (("add", "C R M", "--source", "crm"), "CONNECTOR_NAME_INVALID"),
        (("add", "crm", "--source", "crm", "--expires", "soon"), "EXPIRES_INVALID"),
        (("rotate", "crm"), "CONNECTOR_UNKNOWN"),
        (("revoke", "abc"), "CONNECTOR_KEY_UNKNOWN"),
    ],
)
def test_what_is_wrong_is_told_by_a_code_and_writes_nothing(data, arguments, code):
    assert code_of(keys(data, *arguments)) == code
    assert not (data / "connector-keys.jsonl").exists()


def test_a_connector_has_one_first_key(data):
    refusal_of(data, "add", "crm", "--source", "crm")
    assert code_of(keys(data, "add", "crm", "--source", "crm")) == "CONNECTOR_EXISTS"


def test_listing_tells_nothing_to_get_in_by(data):
    made = refusal_of(data, "add", "crm", "--source", "crm")
    listed = keys(data, "list").stdout
    assert made["key"].split("_", 2)[2] not in listed
    assert "sha256" not in listed


def test_a_key_is_bound_to_origins_and_so_is_the_next(data):
    first = refusal_of(data, "add", "--source", "web", "--origin", "https://shop.example")
    second = refusal_of(data, "rotate", "web")
    accepted = ConnectorKeys(data / "connector-keys.jsonl")
    for one in (first, second):
        assert accepted.origins_of(one["id"]) == {"https://shop.example"}
    assert accepted.lists("https://shop.example") and not accepted.lists("https://other.example")
    wrong = keys(data, "add", "blog", "--source", "web", "--origin", "shop.example")
    assert code_of(wrong) == "ORIGIN_INVALID"
