"""The rules that decided, as they were written then."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from c360_gateway.access.texts import PolicyVersions

from c360_cli.publishing import office_of


@asynccontextmanager
async def versions_in(data: Path) -> AsyncGenerator[PolicyVersions]:
    """The versions of policy that an instance kept."""
    async with office_of(data) as opened:
        yield PolicyVersions(opened.ledger.text)
