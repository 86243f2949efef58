"""Receipts of consents that whoever holds them can verify, and nobody can change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_kernel.errors import Invalid

from c360_cli import main as command
from c360_cli.consents import RECEIPTS, receipts_of
from c360_cli.directory import DataDirectory
from c360_cli.receipts import published, receipts_in, verify_all
from tests.component.row_world import RowWorld, record

CANARY = "https://example.com/canary-proof"
ROLES = """g, untagged, privacy_officer
p, untagged, tag:free_text, read, , deny, *, , , untagged-free-text
g, maskedtext, privacy_officer
g, blindname, privacy_officer
p, blindname, ReceiptPurpose.description, read, , deny, *, , , blind-description
"""
ROWS = """consent:
  - {object: ConsentReceipt.evidence, purposes: [marketing], roles: [maskedtext]}
"""
Run = Callable[..., tuple[int, str, str]]


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[RowWorld]:
    made = RowWorld(tmp_path / "data", ROWS, ROLES)
    await made.start(record("17", name="Ann"))
    answer = {"source": "crm", "key": "17", "purpose": "marketing", "status": "GRANTED"}
    more = {"at": "2026-01-01T00:00:00Z", "language": "de", "givenBy": "SELF", "proof": CANARY}
    await made.consent([{**answer, **more}])
    yield made
    await made.close()


async def asked(world: RowWorld, role: str, purpose: str = "service") -> list[Any]:
    answer = await world.ask(RECEIPTS, role, purpose=purpose, source="crm", key="17")
    return [one["receipt"] for one in answer["data"]["customerByRecord"]["consents"]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["c360", "consent", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run_command


async def test_a_receipt_is_verified_as_the_graph_and_as_the_command_tell_it(
    world: RowWorld, run: Run, tmp_path: Path
) -> None:
    receipts = await asked(world, "privacy_officer")
    told = receipts_of([{"receipt": one} for one in receipts])
    assert len(receipts) == 1
    for name, held in (("graph", receipts), ("command", told), ("one", told[0])):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(held, indent=2))
        assert run("verify", file, "--data", tmp_path / "data") == (0, "1 verified\n", "")
    code, keys, _ = run("keys", "--data", tmp_path / "data")
    (tmp_path / "keys.json").write_text(keys)
    assert code == 0
    assert run("verify", tmp_path / "one.json", "--keys", tmp_path / "keys.json")[0] == 0


async def test_what_was_changed_left_out_or_added_is_not_believed(
    world: RowWorld, run: Run, tmp_path: Path
) -> None:
    (receipt,) = receipts_of([{"receipt": one} for one in await asked(world, "privacy_officer")])
    assert isinstance(receipt, dict)
    file = tmp_path / "receipt.json"
    changes: list[dict[str, Any]] = [
        {**receipt, "language": "fr"},
        {**receipt, "event": {**receipt["event"], "event_state": "DENIED"}},
        {**receipt, "purposes": receipt["purposes"] * 2},
        {**receipt, "more": None},
        {name: one for name, one in receipt.items() if name != "evidence"},
    ]
    for changed in changes:
        file.write_text(json.dumps(changed))
        code, out, error = run("verify", file, "--data", tmp_path / "data")
        assert (code, out) == (1, "")
        assert "SIGNATURE_INVALID" in error
        assert CANARY not in error
        assert receipt["record_id"] not in error
    for text, expected in (
        (json.dumps({**receipt, "signature": None}), "RECEIPT_UNSIGNED"),
        (json.dumps({**receipt, "signature": "x.y.z"}), "SIGNATURE_INVALID"),
        (json.dumps({**receipt, "language": 7}), "JSON_NOT_CANONICAL"),
    ):
        file.write_text(text)
        code, _, error = run("verify", file, "--data", tmp_path / "data")
        assert (code, expected in error) == (1, True), (text[:50], error)
    twice = json.dumps({**receipt, "recordId": "another"})
    for text in (twice, "[]", "7", "{", "[" * 100_000):
        file.write_text(text)
        code, _, error = run("verify", file, "--data", tmp_path / "data")
        assert (code, "RECEIPT_INVALID" in error) == (2, True), (text[:50], error)


async def test_a_receipt_of_before_is_verified_when_keys_rotated(world: RowWorld) -> None:
    receipts = receipts_in(json.dumps(await asked(world, "privacy_officer")).encode())
    directory = DataDirectory(world.settings.data)
    lines = [str(one["vkey"]) for one in published(directory.signing_keys("profile"))["keys"]]
    keys = world.settings.data / "keys"
    (keys / "profile.key").rename(keys / "profile.previous.key")
    rotating = directory.signing_keys("profile")
    verify_all(receipts, rotating.public)
    (keys / "profile.previous.key").unlink()
    (keys / "profile.retired").write_text("\n".join(lines))
    after = directory.signing_keys("profile")
    verify_all(receipts, after.public)
    assert rotating.active[0] == after.active[0]
    assert after.public[0] != after.public[1]
    with pytest.raises(Invalid) as refused:
        verify_all(receipts, after.public[:1])
    assert refused.value.code == "SIGNATURE_KEY_UNKNOWN"


@pytest.mark.parametrize("role", ["untagged", "blindname"])
async def test_who_may_not_read_all_of_a_receipt_gets_no_signature_to_guess_by(
    world: RowWorld, role: str
) -> None:
    (receipt,) = await asked(world, role)
    assert receipt["signature"] is None
    (whole,) = await asked(world, "privacy_officer")
    assert whole["signature"]
    assert whole["evidence"] == CANARY


async def test_what_is_shown_by_consent_is_signed_for_nobody_whom_it_is_asked_of(
    world: RowWorld,
) -> None:
    (receipt,) = await asked(world, "maskedtext", "marketing")
    assert receipt["signature"] is None
