"""`c360 audit verify`: the log and the audit store of an instance, against what was signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from c360_audit.domain.findings import Finding
from c360_audit.settings import AuditSettings
from c360_audit.store.port import AuditLog
from c360_audit.store.signing import size_of
from c360_audit.store.verifying import Verdict, verify
from c360_kernel.log.port import EventLog
from c360_kernel.signing import SigningKeys
from c360_kernel.stamp import wall_clock_ms

from c360_cli.assembly import Instance
from c360_cli.auditing.notes import EDGE, kept_edges, kept_notes, notes_of, published_notes
from c360_cli.catalogs import instance_as_it_is

_AUDIT = "audit"
_DAY_MS = 86_400_000
# An instance that runs signs within a second what it puts on record.
_SIGNED_WITHIN_S = 3.0
_LOOK_AGAIN_S = 0.25
_RUNS = 3


async def verify_instance(data: Path, files: Sequence[Path]) -> Verdict:
    """Check all that an instance has on record, running or not.

    `files` hold checkpoints, and edges of trees, that were kept elsewhere. What is found while an
    instance goes on counts when it is found again.
    """
    instance = instance_as_it_is(data)
    given = {str(file): notes_of(file) for file in files if file.suffix != EDGE}
    directory = AuditSettings(data=data).checkpoints
    kept, edges = kept_notes(directory), kept_edges(directory, files)
    async with _opened(instance) as (log, store):
        elsewhere = {**await published_notes(log), **kept, **given}
        check = _Check(instance, log, store, elsewhere, edges)
        verdict = await check.run()
        for _ in range(_RUNS - 1):
            if not verdict.findings or not await check.has_moved():
                break
            again = await check.run()
            verdict = replace(again, findings=_both(verdict.findings, again.findings))
        return replace(verdict, findings=await _lasting(store, verdict.findings))


async def newest_checkpoints(data: Path) -> Mapping[int, str]:
    """The newest signed checkpoint of each partition."""
    async with _opened(instance_as_it_is(data)) as (_, store):
        return await store.trees.newest()


@asynccontextmanager
async def _opened(instance: Instance) -> AsyncGenerator[tuple[EventLog, AuditLog]]:
    log = instance.open_log()
    try:
        store: AuditLog = instance.service(_AUDIT).open_store()  # type: ignore[assignment]
        try:
            yield log, store
        finally:
            await store.close()
    finally:
        await log.close()


class _Check:
    def __init__(
        self,
        instance: Instance,
        log: EventLog,
        store: AuditLog,
        elsewhere: Mapping[str, Sequence[str]],
        edges: Sequence[str],
    ) -> None:
        self._keys: SigningKeys = instance.directory.signing_keys(_AUDIT)
        self._kept_ms = int(instance.settings.audit_days * _DAY_MS)
        self._log, self._store = log, store
        self._elsewhere, self._edges = elsewhere, edges
        self._positions: object = None

    async def run(self) -> Verdict:
        """Check once."""
        self._positions = await self._store.positions()
        before = wall_clock_ms() - self._kept_ms
        async with self._store.evidence() as evidence:
            return await verify(
                self._log, evidence, self._keys, self._elsewhere, before, self._edges
            )

    async def has_moved(self) -> bool:
        """Whether an instance has gone on since the check began."""
        return await self._store.positions() != self._positions


def _both(first: Sequence[Finding], second: Sequence[Finding]) -> Sequence[Finding]:
    known = {(one.kind, one.part, one.partition, one.message) for one in first}
    return [one for one in second if (one.kind, one.part, one.partition, one.message) in known]


async def _lasting(store: AuditLog, findings: Sequence[Finding]) -> Sequence[Finding]:
    """Without what a running instance has signed meanwhile."""
    left, waited = list(findings), 0.0
    while any(one.kind == "unsigned" for one in left) and waited < _SIGNED_WITHIN_S:
        newest = await store.trees.newest()
        sizes = {partition: size_of(note) for partition, note in newest.items()}
        left = [one for one in left if not _is_signed(one, sizes)]
        await asyncio.sleep(_LOOK_AGAIN_S)
        waited += _LOOK_AGAIN_S
    return left


def _is_signed(one: Finding, sizes: Mapping[int, int]) -> bool:
    if one.kind != "unsigned" or one.partition is None or one.last is None:
        return False
    return one.last < sizes.get(one.partition, 0)
