"""Back-up and restore of an embedded instance, by the commands of docs/operations.md."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.rendering import ROOT
from tests.e2e.running import Running, command, digest, status

BACKUP = ROOT / "scripts/backup"
UPSERT = """
mutation ($records: [RecordInput!]!) {
  upsertRecords(records: $records, wait: PROFILE) { results { status } }
}
"""
IDS = "{ customers(first: 200) { edges { node { id } } } }"


def _write(running: Running, keys: range) -> None:
    records = [
        {
            "source": "crm",
            "key": str(key),
            "traits": {"phone": f"1391827{key // 2:04}", "loyaltyTier": "gold"},
        }
        for key in keys
    ]
    answer = running.post(
        {"query": UPSERT, "variables": {"records": records}}, running.token("connector")
    )[1]
    assert {r["status"] for r in answer["data"]["upsertRecords"]["results"]} == {"APPLIED"}


def _customers(running: Running) -> list[str]:
    edges = running.ask("privacy_officer", IDS)["data"]["customers"]["edges"]
    return [edge["node"]["id"] for edge in edges]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path / "data") as running:
        yield running


def test_a_running_instance_is_backed_up_and_restored_to_what_it_was(
    instance: Running, tmp_path: Path
) -> None:
    _write(instance, range(40))
    instance.settle()
    customers, before = _customers(instance), digest(instance.data)
    assert len(customers) == 20
    subprocess.run([BACKUP, instance.data, tmp_path / "backup"], check=True)
    _write(instance, range(40, 60))
    assert not list((tmp_path / "backup").glob("*.db")), "stores are derived, never restored"

    (tmp_path / "backup").rename(tmp_path / "restored")
    assert status(tmp_path / "restored")["lag"] > 0, "a log without stores has all to handle"
    with Running(tmp_path / "restored") as restored:
        restored.settle()
        assert digest(restored.data) == before
        assert _customers(restored) == customers
        _write(restored, range(40, 60))
        restored.settle()
        instance.settle()
        assert digest(restored.data) == digest(instance.data)


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(
    instance: Running, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    (instance.data / "connectors").mkdir()
    (instance.data / "connectors/shop.yaml").write_text("connector: shop\n")
    subprocess.run([BACKUP, instance.data, target], check=True)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert (target / "connectors/shop.yaml").read_text() == "connector: shop\n"
    assert {stat.S_IMODE(key.stat().st_mode) for key in (target / "keys").iterdir()} == {0o600}
    again = subprocess.run([BACKUP, instance.data, target], capture_output=True, check=False)
    assert again.returncode != 0


@pytest.mark.slow
def test_the_truth_of_a_backup_can_be_replayed(instance: Running, tmp_path: Path) -> None:
    _write(instance, range(10))
    instance.settle()
    subprocess.run([BACKUP, instance.data, tmp_path / "backup"], check=True)
    command("replay", "--from", tmp_path / "backup", "--data", tmp_path / "derived")
    assert digest(tmp_path / "derived") == digest(instance.data)
