"""A tree that grew in several batches."""

from __future__ import annotations

import pytest
from c360_audit.store.sqlite import SqliteAuditLog
from c360_audit.testing.entries import keep
from c360_audit.testing.signing import SIGNER
from c360_audit.testing.tree_contract import LOG, at
from c360_kernel.log.identity import Origin

SIZE = 37


@pytest.fixture
async def grown(tmp_path):
    log = SqliteAuditLog(tmp_path / "audit.db", SIGNER)
    await log.claimed(Origin(LOG))
    for first in range(0, SIZE, 5):
        await keep(log, *(at(0, n) for n in range(first, min(first + 5, SIZE))))
    yield log
    await log.close()
