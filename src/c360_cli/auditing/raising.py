"""Alerts of an instance: found among its acts, and put on record when they are new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from c360_kernel.audit_writer import OPERATION
from c360_kernel.errors import C360Error
from c360_kernel.log.entry import Entry
from c360_kernel.log.port import EventLog
from c360_kernel.payload import OperationAudited
from c360_kernel.stamp import wall_clock_ms

from c360_cli.assembly import Instance
from c360_cli.auditing.acts import acts_after
from c360_cli.auditing.alerts import Alert, alerts_in
from c360_cli.auditing.unproved import unproved
from c360_cli.catalogs import instance_as_it_is
from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, record_in
from c360_cli.settling import settle_record

if TYPE_CHECKING:
    from c360_audit.store.port import AuditLog

_AUDIT = "audit"


def alerts_of(data: Path, since: int) -> list[Alert]:
    """The alerts of acts of this time (ms UTC) or later; those that are new are put on record."""
    DataDirectory(data).require()
    return asyncio.run(_alerts(instance_as_it_is(data), since))


async def _alerts(instance: Instance, since: int) -> list[Alert]:
    log, now = instance.open_log(), wall_clock_ms()
    try:
        acts = [one.operation async for one in acts_after(log, {}, partial(_may_alert, since))]
        found = [*alerts_in(acts, now), *await _unproved(instance, log, now)]
        question = by_operator("audit_question", "alerts", alerts=str(len(found)))
        await record_in(log, instance.settings, question, *_new(found, acts))
    finally:
        await log.close()
    await settle_record(instance.directory.root)
    return found


def _may_alert(since: int, entry: Entry) -> bool:
    """No rule is about operations, which are most of all."""
    return entry.time >= since and entry.type != OPERATION


async def _unproved(instance: Instance, log: EventLog, now: int) -> list[Alert]:
    try:
        store = cast("AuditLog", instance.service(_AUDIT).open_store())
    except C360Error as error:
        return [Alert("CHECKPOINT_MISSING", _AUDIT, now, now, 0, f"{error.code}: {error.message}")]
    try:
        return await unproved(log, store.trees, now)
    finally:
        await store.close()


def _new(found: Sequence[Alert], acts: Sequence[OperationAudited]) -> list[OperationAudited]:
    known = {act.target for act in acts if act.kind == "alert"}
    return [_act(alert) for alert in found if alert.id not in known]


def _act(alert: Alert) -> OperationAudited:
    act = by_operator("alert", alert.id, about=alert.about, count=str(alert.count))
    return replace(act, code=alert.rule, outcome="raised")
