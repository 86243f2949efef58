"""Settings of the segment service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class SegmentSettings(Settings):
    """Read from `C360_*` by the composition root."""

    segment_store: str | None = Field(
        default=None,
        description="Where segments are kept: `sqlite:///PATH`; unset: segment.db in the data"
        " directory.",
    )
    replica: str = Field(
        default="",
        description="Name of this replica where several run, each with a store of its own: every "
        "one reads everything, one tells the log. Unset: the only one.",
    )
