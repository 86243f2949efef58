"""Replay gives equal digests and ids; rebuilding a store in place changes nothing downstream."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from c360_cli.demo.load import load_world
from c360_cli.generate import generate_world
from tests.e2e.running import Running, command, digest, status


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance that holds a generated world."""
    data = tmp_path_factory.mktemp("world")
    with Running(data) as instance:
        refused = load_world(
            generate_world(11, 150), instance.url, lambda: instance.token("connector")
        )
        assert refused == 0
        _say_who_buys(instance)
        instance.settle()
        answer = instance.ask("privacy_officer", BUYERS)
        assert answer["data"]["customers"]["totalCount"] == 1, answer
    return data


def _say_who_buys(instance: Running) -> None:
    key = {"source": "crm", "key": "buyer"}
    account = {"source": "crm", "key": "tea-house"}
    items = {
        "records": [{**key, "traits": {"name": "Anna"}}],
        "accounts": [
            {**account, "traits": {"industry": "tea"}, "identifiers": [
                {"type": "erp_number", "value": "E-7"}
            ]}
        ],
        "links": [{"source": "crm", "kind": "decision", "person": key, "account": account}],
    }  # fmt: skip
    answer = instance.ask("connector", WRITE, **items)
    assert {one["refused"] for one in answer["data"].values()} == {0}, answer


WRITE = """mutation($records: [RecordInput!]!, $accounts: [AccountInput!]!,
  $links: [AccountLinkInput!]!) {
  upsertRecords(records: $records) { refused }
  upsertAccounts(accounts: $accounts) { refused }
  linkAccounts(links: $links) { refused } }"""
_ACTS = 'account: {kind: "decision", where: {industry: {equals: "tea"}}}'
BUYERS = f"{{ customers(filter: {{{_ACTS}}}) {{ totalCount edges {{ node {{ id }} }} }} }}"
CUSTOMERS = "{ customers(first: 200) { totalCount edges { node { id updatedAt } } } }"


def _customers(data: Path) -> object:
    with Running(data) as instance:
        both = [instance.ask("privacy_officer", one) for one in (CUSTOMERS, BUYERS)]
        return [one["data"] for one in both]


def test_replay_gives_equal_digests_and_equal_ids(world: Path, tmp_path: Path) -> None:
    command("replay", "--from", world, "--data", tmp_path / "new")
    assert digest(tmp_path / "new") == digest(world)
    assert _customers(tmp_path / "new") == _customers(world)


def _files(data: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in data.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_a_replay_into_an_instance_leaves_its_keys_and_policy_alone(
    world: Path, tmp_path: Path
) -> None:
    with Running(tmp_path / "other"):
        pass
    before = _files(tmp_path / "other")
    for target in (tmp_path / "other", world):
        with pytest.raises(AssertionError, match="TARGET_NOT_EMPTY"):
            command("replay", "--from", world, "--data", target)
    assert _files(tmp_path / "other") == before


@pytest.mark.parametrize(
    "projection",
    [
        "identity",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("profile", "segment", "audit")),
    ],
)
def test_rebuilding_in_place_changes_nothing_downstream(world: Path, projection: str) -> None:
    before, found = digest(world), status(world)["log"]
    printed = command("replay", "--projection", projection, "--data", world)
    assert "0 differences" in printed
    with Running(world) as instance:
        instance.settle()
    assert digest(world) == before
    after = status(world)["log"]
    assert {t: after[t] for t in ("identities", "profiles", "memberships")} == {
        t: found[t] for t in ("identities", "profiles", "memberships")
    }


@pytest.mark.slow
def test_rebuilding_under_a_running_instance_is_refused(world: Path) -> None:
    with Running(world), pytest.raises(AssertionError, match="GROUP_BUSY"):
        command("replay", "--projection", "profile", "--data", world)


@pytest.mark.slow
def test_a_store_that_the_settings_put_elsewhere_is_the_one_rebuilt(
    world: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    env = {"C360_SEGMENT_STORE": f"sqlite:///{elsewhere}"}
    shutil.copy(world / "segment.db", elsewhere)
    before = elsewhere.stat().st_ino
    command("replay", "--projection", "segment", "--data", world, env=env)
    assert elsewhere.stat().st_ino != before
    assert digest(world, env) == digest(world)
