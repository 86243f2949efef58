"""Settings of the audit service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class AuditSettings(Settings):
    """Read from `C360_*` by the composition root."""

    audit_store: str | None = Field(
        default=None,
        description="Where the audit log is kept: `sqlite:///PATH` or `mongodb://HOST/DATABASE`; "
        "unset: audit.db in the data directory.",
    )
