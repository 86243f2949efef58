"""What an operator does on the command line is on record: by whom, to what, and how it ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited
from c360_kernel.subject_names import SubjectNames
from typer.testing import CliRunner

from c360_cli import recording
from c360_cli.assembly import assemble
from c360_cli.main import app
from c360_cli.recording import by_operator, importing, on_record, operator


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assemble(tmp_path / "data")
    return tmp_path / "data"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.stdout.strip()


def acts(data: Path) -> list[OperationAudited]:
    """All that is on record of an instance, in the order of its stamps."""
    return asyncio.run(_acts(data))


async def _acts(data: Path) -> list[OperationAudited]:
    log = assemble(data).open_log()
    found = [
        (one.stamp, decode(AUDIT, one.data))
        for partition in await log.ends([AUDIT])
        for one in await log.read(partition, 0, 1_000)
    ]
    await log.close()
    return [act for _, act in sorted(found, key=lambda one: one[0])]


def test_a_minted_token_is_on_record_and_is_not_in_it(data: Path) -> None:
    code, token = run("token", "--role", "auditor", "--subject", "bo", "--data", data)
    (act,) = acts(data)
    assert code == 0
    assert (act.kind, act.principal, act.roles) == ("token_minted", operator(), ("operator",))
    assert (act.target, act.details["roles"], act.outcome) == ("bo", "auditor", "done")
    assert act.token_id
    assert not set(token.split(".")) & set(str(act).replace("'", " ").split())


def test_a_token_that_cannot_be_put_on_record_is_not_printed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Transient("the log is away", code="LOG_UNAVAILABLE")

    monkeypatch.setattr("c360_cli.commands.tokens.put_on_record", away)
    code, found = run("token", "--role", "auditor", "--data", data)
    assert (code, found) == (1, "")


def test_what_is_taken_back_is_on_record(data: Path) -> None:
    run("token", "--data", data, "revoke", "--subject", "ann", "--role", "connector")
    (act,) = acts(data)
    assert (act.kind, act.target) == ("token_revoked", "ann")
    assert act.details == {"subject": "ann", "role": "connector"}


def test_a_published_policy_is_on_record_and_so_is_a_refused_one(data: Path) -> None:
    text = "p, agent, tag:name, read, , allow, *, , , names\n"
    good, wrong = data / "good.csv", data / "wrong.csv"
    good.write_text(text)
    wrong.write_text(text.replace("allow", "perhaps"))
    run("policy", "publish", good, "--data", data)
    run("policy", "publish", wrong, "--data", data)
    begun, done, refused = acts(data)
    assert [one.kind for one in (begun, done, refused)] == [
        "policy_published",
        "policy_published",
        "policy_refused",
    ]
    assert (begun.outcome, done.outcome, refused.code) == ("begun", "done", "POLICY_INVALID")
    assert len(done.target) == 64


def test_a_digest_and_a_replay_are_on_record(data: Path, tmp_path: Path) -> None:
    code, found = run("digest", "--data", data)
    assert (code, "identity" in json.loads(found)) == (0, True)
    assert run("replay", "--from", data, "--data", tmp_path / "new")[0] == 0
    digest, begun, done = acts(data)
    assert (digest.kind, begun.kind, done.kind) == ("digest", "replay", "replay")
    assert done.details == {"entries": "0"}


def test_what_fails_is_on_record_with_its_code(data: Path) -> None:
    with pytest.raises(Invalid), on_record(data, by_operator("export", "file")):
        raise Invalid("no", code="NO")
    begun, failed = acts(data)
    assert (begun.outcome, failed.outcome, failed.code) == ("begun", "failed", "NO")


def test_whom_the_system_does_not_know_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise OSError

    monkeypatch.setattr(recording.getpass, "getuser", unknown)
    assert operator() == "os:unknown"


def test_who_is_forgotten_has_no_name_any_more_and_the_act_does_not_tell_who(data: Path) -> None:
    assert assemble(data).services
    names = SubjectNames(data / "keys" / "subjects.key", b"")
    named = names.name("c1")
    found = run(
        "audit", "forget", "--customer", "c1", "--record", "crm/1", "--data", data, "--json"
    )
    assert found == (0, '{"forgotten": 2}')
    names.refresh()
    assert (names.all_of("c1"), names.name("c1") == named) == (frozenset(), False)
    begun, done = acts(data)
    assert (begun.kind, done.outcome, done.details) == (
        "subject_forgotten",
        "done",
        {"names": "2"},
    )
    assert "c1" not in f"{done.target}{done.details}"


def test_nobody_is_forgotten_by_mistake(data: Path) -> None:
    assert run("audit", "forget", "--data", data)[0] == 1
    assert run("audit", "forget", "--record", "crm", "--data", data)[0] == 1
    assert acts(data) == []


def test_keys_of_connectors_are_on_record_by_their_ids(data: Path) -> None:
    made = json.loads(run("keys", "add", "shop", "--source", "store", "--data", data, "--json")[1])
    run("keys", "rotate", "shop", "--data", data)
    run("keys", "revoke", made["id"], "--data", data)
    added, rotated, revoked = acts(data)
    assert (added.kind, added.target, added.token_id) == ("token_minted", "shop", made["id"])
    assert added.details["sources"] == "store"
    assert (rotated.kind, rotated.target) == ("key_rotated", "shop")
    assert (revoked.kind, revoked.token_id) == ("token_revoked", made["id"])
    assert made["key"] not in str([added, rotated, revoked])


def test_no_key_is_made_or_taken_back_without_a_record(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = json.loads(run("keys", "add", "shop", "--source", "store", "--data", data, "--json")[1])
    held = run("keys", "list", "--data", data)[1]
    (before,) = acts(data)
    run("keys", "revoke", "nothing", "--data", data)
    run("keys", "rotate", "nobody", "--data", data)
    assert acts(data) == [before]

    def away(*_: object) -> None:
        raise Transient("the log is away", code="LOG_UNAVAILABLE")

    monkeypatch.setattr("c360_cli.commands.keys.put_on_record", away)
    for words in (("add", "crm", "--source", "crm"), ("rotate", "shop"), ("revoke", key["id"])):
        assert run("keys", *words, "--data", data)[0] == 1
    assert run("keys", "list", "--data", data)[1] == held


def test_an_import_is_on_record_where_the_instance_is_and_nowhere_else(data: Path) -> None:
    with importing(data, "crm", file="people.csv") as found:
        found["rows"] = "3"
    begun, done = acts(data)
    assert (begun.kind, begun.target, begun.outcome, done.outcome) == (
        "import",
        "crm",
        "begun",
        "done",
    )
    assert done.details == {"file": "people.csv", "rows": "3"}
    elsewhere = data / "elsewhere"
    with importing(elsewhere, "crm"):
        pass
    assert not elsewhere.exists()


POLICY = "p, agent, tag:name, read, , allow, *, , , names\n"
TESTS = """tests:
- principal: {roles: [support_agent]}
  expect: {Customer.id: clear}
"""
QUESTIONS = {
    "check": ("{policy}",),
    "test": ("{tests}",),
    "explain": ("Customer.id", "--role", "auditor"),
    "diff": ("in-force", "{policy}"),
    "history": (),
    "replay": ("{policy}",),
}
ACTS = {"publish", "approve"}
AUDITING = {
    "who": ("--customer", "c1"),
    "what": ("--principal", "ann"),
    "access": ("--coordinate", "Profile.phone"),
    "unused": (),
    "anomalies": (),
    "breakglass": (),
    "verify": (),
    "checkpoint": (),
    "alerts": (),
    "export": ("--to", "{data}/events.jsonl"),
    "forget": ("--customer", "c1"),
}


def names_of(group: str) -> set[str]:
    """The commands of a group."""
    (found,) = (one.typer_instance for one in app.registered_groups if one.name == group)
    commands = found.registered_commands
    return {one.name or one.callback.__name__ for one in commands if one.callback}


def test_every_command_about_policy_and_audit_is_tried_here() -> None:
    assert names_of("policy") == QUESTIONS.keys() | ACTS
    assert names_of("audit") == AUDITING.keys()


def test_a_look_at_the_history_of_policy_is_on_record(data: Path) -> None:
    assert run("policy", "history", "--data", data)[0] == 0
    (question,) = acts(data)
    assert question.details == {"question": "policy history"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "name", "arguments"),
    [("policy", *one) for one in QUESTIONS.items()] + [("audit", *one) for one in AUDITING.items()],
)
def test_whoever_asks_is_on_record(
    data: Path, group: str, name: str, arguments: tuple[str, ...]
) -> None:
    (data / "policy.csv").write_text(POLICY)
    (data / "tests.yaml").write_text(TESTS)
    files = {"policy": data / "policy.csv", "tests": data / "tests.yaml", "data": data}
    run(group, name, *(one.format(**files) for one in arguments), "--data", data)
    found = acts(data)
    assert {one.principal for one in found} == {operator()}
    if group == "policy":
        (question,) = found
        assert (question.kind, question.details["question"]) == ("audit_question", f"policy {name}")
        assert str(data) not in str(question)


@pytest.mark.slow
def test_a_policy_that_is_checked_where_there_is_no_instance_makes_none(tmp_path: Path) -> None:
    (tmp_path / "policy.csv").write_text(POLICY)
    run("policy", "check", tmp_path / "policy.csv", "--data", tmp_path / "none")
    assert not (tmp_path / "none").exists()
