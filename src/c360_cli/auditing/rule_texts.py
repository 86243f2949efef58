"""The rules that decided, as they were written then."""

from __future__ import annotations

from pathlib import Path

from c360_gateway.access.texts import PolicyVersions
from c360_gateway.assembly.answering import open_ledger
from c360_gateway.settings import GatewaySettings


def versions_in(data: Path) -> PolicyVersions:
    """The versions of policy that an instance kept."""
    return PolicyVersions(open_ledger(GatewaySettings(data=data)).text)
