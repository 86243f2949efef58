"""`c360 token` prints one, `c360 token revoke` takes some back."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from c360_kernel.errors import Invalid
from typer.testing import CliRunner

from c360_cli.api.credentials import connector_token
from c360_cli.assembly import assemble
from c360_cli.main import app


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assemble(tmp_path)
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.stdout


def test_a_token_is_printed_and_nothing_else(data: Path) -> None:
    code, found = run("token", "--role", "support_agent", "--data", data)
    assert (code, found.count("."), found.count("\n")) == (0, 2, 1)


@pytest.mark.parametrize(("role", "is_told"), [("suport_agent", True), ("support_agent", False)])
def test_a_role_that_no_rule_names_is_told_beside_the_token(
    data: Path, role: str, is_told: bool
) -> None:
    done = CliRunner().invoke(app, ["token", "--role", role, "--data", str(data)])
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1)
    assert ("ROLE_UNKNOWN" in done.stderr and "support_agent" in done.stderr) is is_told


def test_a_token_without_a_role_is_a_wrong_usage(data: Path) -> None:
    assert run("token", "--data", data) == (2, "")


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_taken_back_is_a_line_of_the_file(data: Path, is_first: bool) -> None:
    place = ("--data", data)
    before, after = (place, ()) if is_first else ((), place)
    assert run("token", *before, "revoke", "--subject", "ann", *after)[0] == 0
    instant = "2026-01-31T12:00:00+01:00"
    stated = ("--role", "connector", "--issued-before", instant)
    assert run("token", *before, "revoke", *stated, *after)[0] == 0
    lines = (data / "revoked.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"subject": "ann"},
        {"role": "connector", "issuedBefore": "2026-01-31T11:00:00Z"},
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--issued-before", "now"),
        ("--role", "connector", "--issued-before", "x"),
        ("--role", "conector"),
    ],
)
def test_what_would_take_nothing_back_is_refused(data: Path, wrong: tuple[str, ...]) -> None:
    assert run("token", "revoke", *wrong, "--data", data)[0] == 1
    assert not (data / "revoked.jsonl").exists()


def _life_s(token: str) -> int:
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims["exp"] - claims["iat"]


@pytest.mark.parametrize(
    ("given", "seconds"), [((), 43_200), (("--expires", "90s"), 90), (("--expires", "1d"), 86_400)]
)
def test_a_token_lives_as_long_as_is_asked(
    data: Path, given: tuple[str, ...], seconds: int
) -> None:
    code, found = run("token", "--role", "support_agent", "--data", data, *given)
    assert (code, _life_s(found)) == (0, seconds)


@pytest.mark.parametrize("given", ["", "12", "h", "0h", "-1h", "1w", "1.5h", "25h", "30d"])
def test_a_life_that_would_be_refused_is_not_given(data: Path, given: str) -> None:
    code, found = run("token", "--role", "support_agent", "--data", data, "--expires", given)
    assert (code, found) == (1, "")


def test_a_longer_life_is_given_where_it_is_accepted(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_TOKEN_MAX_LIFE_S", "2592000")
    found = run("token", "--role", "support_agent", "--data", data, "--expires", "30d")[1]
    assert _life_s(found) == 2_592_000


@pytest.mark.parametrize(("source", "meant"), [("cmr", "crm"), ("CRM", "crm"), ("xyzzy", None)])
def test_a_token_to_import_a_mistyped_source_names_the_nearest(
    data: Path, source: str, meant: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        connector_token(data, source)
    assert refused.value.code == "UNKNOWN_SOURCE"
    assert ("did you mean" in refused.value.message) is (meant is not None)
    assert meant is None or f"'{meant}'" in refused.value.message
    assert connector_token(data, "crm") and connector_token(data)
