"""Looks stay as long as they are kept, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_audit.handlers import retention
from c360_audit.handlers.retention import AuditRetention
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.entries import entry, keep, names, operation
from c360_audit.testing.signing import SIGNER

DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000


async def test_what_is_older_than_it_is_kept_goes_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 7)
    monkeypatch.setattr(retention, "_PAUSE_S", 0)
    log = SqliteAuditLog(tmp_path / "audit.db", SIGNER)
    ages = range(40, 0, -1)
    entries = [entry(f"{age} days", operation(at=NOW_MS - age * DAY_MS)) for age in ages]
    await keep(log, *entries)
    kept = AuditRetention(
        lambda: SqliteAuditLog(tmp_path / "audit.db", SIGNER), 10, SIGNER, lambda: NOW_MS
    )
    assert await kept.expire() == 30
    assert await names(log) == [f"{age} days" for age in range(10, 0, -1)]
    assert await kept.expire() == 0
    await log.close()
