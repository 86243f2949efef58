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
    segment_history: str | None = Field(
        default=None,
        repr=False,  # a URL may hold a password
        description="Where events are kept once more for asking everybody at once, a database for"
        " each replica: `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`, `clickhouses://` with TLS;"
        " unset: in the store itself.",
    )
    replica: str = Field(
        default="",
        description="Name of this replica where several run, each with a store of its own: every "
        "one reads everything, one tells the log. Unset: the only one.",
    )
