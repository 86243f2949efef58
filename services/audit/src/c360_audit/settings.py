"""Settings of the audit service."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.settings import Settings
from pydantic import Field


class AuditSettings(Settings):
    """Read from `C360_*` by the composition root."""

    audit_store: str | None = Field(
        default=None,
        description="Where the audit log is kept: `sqlite:///PATH` or `mongodb://HOST/DATABASE`; "
        "unset: audit.db in the data directory.",
    )
    audit_checkpoints: Path | None = Field(
        default=None,
        description="Directory where the newest signed checkpoint of each partition is kept as a "
        "file, best one that nobody but the instance can write to; unset: checkpoints in the data "
        "directory.",
    )
    audit_witnesses: str = Field(
        default="",
        description="Witnesses of the audit (C2SP tlog-witness), separated by commas: the prefix "
        "of each, `https://HOST/PREFIX`, after its verifier key and a space if it is known.",
    )
    audit_witness_s: float = Field(
        default=10.0,
        ge=1,
        description="How many seconds at least are between two checkpoints that a witness is "
        "shown.",
    )

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are kept as files."""
        return self.audit_checkpoints or self.data / "checkpoints"
