"""Rules over acts on record: each finds what it is for, and leaves alone what is not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from c360_kernel.audit_writer import AuditWriter
from c360_kernel.payload import AuditKind, OperationAudited
from c360_kernel.stamp import StampClock, wall_clock_ms
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.auditing.alerts import alerts_in
from c360_cli.auditing.unproved import unproved
from c360_cli.main import app
from tests.unit.auditing.acts import MemoryLog, append
from tests.unit.auditing.acts import act as an_act

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000


def act(kind: AuditKind, at: int = 0, principal: str = "ann", **given: object) -> OperationAudited:
    fields: dict[str, object] = {"uses": (), "subjects": (), "outcome": "done", "at": at}
    return an_act(kind, principal, **{**fields, **given})


def rules(*acts: OperationAudited, now: int = 0) -> list[tuple[str, str, int]]:
    return [(one.rule, one.about, one.count) for one in alerts_in(acts, now)]


def logins(count: int, apart: int, address: str = "10.0.0.1") -> list[OperationAudited]:
    return [
        act("login_failed", number * apart, "anonymous", address=address, code="EXPIRED")
        for number in range(count)
    ]


def test_failed_logins_in_a_row_are_one_alert_however_long_they_last() -> None:
    assert rules(*logins(10, SECOND)) == [("LOGINS_FAILED", "10.0.0.1", 10)]
    assert rules(*logins(50, SECOND)) == [("LOGINS_FAILED", "10.0.0.1", 50)]


@pytest.mark.parametrize(
    "acts",
    [logins(9, SECOND), logins(40, 2 * MINUTE), [*logins(9, 1), *logins(9, 1, "10.0.0.2")]],
    ids=["few", "slow", "of two"],
)
def test_few_or_slow_ones_or_those_of_several_are_none(acts: list[OperationAudited]) -> None:
    assert rules(*acts) == []


def test_what_one_entry_counts_counts() -> None:
    flood = act("login_failed", 5, "anonymous", address="a", code="X", times=300, until=9)
    (alert,) = alerts_in([flood], 0)
    assert (alert.count, alert.at, alert.until) == (300, 5, 9)


def test_two_times_of_one_are_two_alerts() -> None:
    later = [act("refusal", DAY + number, code="Y") for number in range(30)]
    acts = [*(act("refusal", number, code="X") for number in range(25)), *later]
    assert rules(*acts) == [("REFUSALS", "ann", 25), ("REFUSALS", "ann", 30)]


def test_a_role_that_was_broken_into_is_told_and_told_again_without_a_review() -> None:
    opened = act("break_glass_opened", 0, break_glass="g1")
    assert [one[0] for one in rules(opened)] == ["BREAK_GLASS"]
    late = [one[0] for one in rules(opened, now=2 * DAY)]
    assert late == ["BREAK_GLASS", "BREAK_GLASS_UNREVIEWED"]
    bo, ann = (act("break_glass_reviewed", 1, who, break_glass="g1") for who in ("bo", "ann"))
    assert [one[0] for one in rules(opened, bo, now=2 * DAY)] == ["BREAK_GLASS"]
    own = [one[0] for one in rules(opened, ann, now=2 * DAY)]
    assert own == ["BREAK_GLASS", "BREAK_GLASS_OWN_REVIEW"]


def test_a_policy_that_nobody_else_approved_is_told() -> None:
    published = act("policy_published", 1, target="v2", details={"publisher": "ann"})
    by_bo = act("policy_approved", 0, "bo", target="v2", details={"approver": "bo"})
    by_ann = act("policy_approved", 0, "ann", target="v2", details={"approver": "ann"})
    assert [one[0] for one in rules(published)] == ["POLICY_BY_ITS_AUTHOR"]
    assert [one[0] for one in rules(by_ann, published)] == ["POLICY_BY_ITS_AUTHOR"]
    assert rules(by_bo, published) == []


def test_a_policy_that_was_changed_by_hand_is_told() -> None:
    first = act("policy_published", 0, "gateway", target="v1", outcome="in_use")
    details = {"before": "v1", "now": "v2"}
    found = act("policy_published", 9, "gateway", target="v2", outcome="in_use", details=details)
    approved = act("policy_approved", 5, "bo", target="v", details={"version": "v2"})
    assert rules(first) == []
    assert [one[:2] for one in rules(first, found)] == [("POLICY_UNANNOUNCED", "v2")]
    assert rules(first, approved, found) == []


class Signed:
    def __init__(self, size: int | None) -> None:
        self._size = size

    async def newest(self) -> dict[int, str]:
        note = f"origin\n{self._size}\nroot\n\n— name sig\n"
        return {} if self._size is None else dict.fromkeys(range(3), note)


@pytest.mark.parametrize(("size", "is_told"), [(None, True), (0, True), (1, False), (2, False)])
async def test_acts_that_no_checkpoint_covers_are_told_after_a_minute(
    size: int | None, *, is_told: bool
) -> None:
    log = MemoryLog()
    await append(log, act("refusal", 10))
    assert await unproved(log, Signed(size), 10 + MINUTE) == []
    later = await unproved(log, Signed(size), 11 + MINUTE)
    assert [one.rule for one in later] == ["CHECKPOINT_MISSING"] * is_told


def test_the_command_tells_them_and_puts_new_ones_on_record_once(tmp_path: Path) -> None:
    instance = assemble(tmp_path)
    assert instance.services

    async def flood() -> None:
        log = instance.open_log()
        found = act("login_failed", wall_clock_ms(), "anonymous", address="a", times=99, code="X")
        await AuditWriter(log, StampClock(), "test").write(found)
        await log.close()

    asyncio.run(flood())
    for _ in range(2):
        done = CliRunner().invoke(app, ["audit", "alerts", "--data", str(tmp_path), "--json"])
        (alert,) = json.loads(done.stdout)["alerts"]
        assert (done.exit_code, alert["rule"], alert["count"]) == (1, "LOGINS_FAILED", 99)
    out = tmp_path / "out.jsonl"
    export = ["audit", "export", "--format", "cloudevents", "--to", str(out)]
    CliRunner().invoke(app, [*export, "--data", str(tmp_path)])
    kinds = [json.loads(line)["data"]["kind"] for line in out.read_text().splitlines()]
    assert kinds == ["login_failed", "audit_question", "alert", "audit_question", "export"]
