"""`c360 destination` over a data directory: what is refused changes nothing and is on no record."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import default_catalog_text
from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited
from click.testing import Result
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.main import app

DESTINATION = """
destinations:
  mailer:
    kind: webhook
    url: https://hooks.example/c360
    roles: [mailer]
    purpose: marketing
    segments: [gold_members]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yaml").write_text(default_catalog_text() + DESTINATION)
    assemble(tmp_path)
    return tmp_path


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["destination", *arguments, "--data", str(data)])


def acts(data: Path) -> list[OperationAudited]:
    return asyncio.run(_acts(data))


async def _acts(data: Path) -> list[OperationAudited]:
    log = assemble(data).open_log()
    found = [
        decode(AUDIT, one.data)
        for partition in await log.ends([AUDIT])
        for one in await log.read(partition, 0, 1_000)
    ]
    await log.close()
    return found


def test_a_key_of_before_holds_where_another_is_refused(data: Path) -> None:
    assert run(data, "add", "mailer").exit_code == 0
    before = (data / "connector-keys.jsonl").read_bytes()
    refused = run(data, "add", "mailer", "--expires", "nonsense")
    assert getattr(refused.exception, "code", None) == "EXPIRES_INVALID"
    assert (data / "connector-keys.jsonl").read_bytes() == before
    assert [act.kind for act in acts(data)] == ["token_minted"]
    assert run(data, "add", "mailer").exit_code == 0
    assert sorted(act.kind for act in acts(data)) == ["token_minted"] * 2 + ["token_revoked"]


def test_an_instant_that_is_none_is_on_no_record(data: Path) -> None:
    refused = run(data, "replay", "mailer", "--from", "yesterday")
    assert getattr(refused.exception, "code", None) == "INSTANT_INVALID"
    assert acts(data) == []


def test_who_turned_a_destination_on_is_on_record(data: Path) -> None:
    assert run(data, "resume", "mailer").exit_code == 0
    (act,) = acts(data)
    assert (act.kind, act.target, act.details) == (
        "replay", "destination mailer", {"act": "resume"}
    )  # fmt: skip
