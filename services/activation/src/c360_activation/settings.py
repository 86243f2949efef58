"""Settings of the activation service."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.settings import Settings
from pydantic import Field


class ActivationSettings(Settings):
    """Read from `C360_*` by the composition root."""

    activation_store: str | None = Field(
        default=None,
        description="Where deliveries are kept: `sqlite:///PATH`; unset: activation.db in the data"
        " directory.",
    )
    activation_gateway: str = Field(
        default="http://127.0.0.1:8360",
        description="The gateway that says what a destination may be told.",
    )
    activation_keys: Path | None = Field(
        default=None,
        description="Directory of the destinations' secrets, `NAME.secret` to sign with and "
        "`NAME.key` to ask the gateway by; unset: keys/destinations in the data directory.",
    )
    activation_files: Path | None = Field(
        default=None,
        description="Directory of what is written for destinations of the kind `file`; unset: "
        "outgoing in the data directory.",
    )
    activation_networks: str = Field(
        default="",
        description="Networks beside the public internet that destinations may be in, "
        "as `10.2.0.0/16, fd00:1::/64`; plain HTTP goes to these alone.",
    )
    activation_timeout_s: float = Field(
        default=20.0,
        ge=1,
        description="How many seconds a receiver has for its answer.",
    )
    activation_days: float = Field(
        default=30.0,
        ge=1,
        description="How many days the log keeps a delivery that is over; a replay goes no further "
        "back.",
    )

    @property
    def destination_keys(self) -> Path:
        """Where the destinations' secrets are."""
        return self.activation_keys or self.data / "keys" / "destinations"

    @property
    def destination_files(self) -> Path:
        """Where files of destinations are written."""
        return self.activation_files or self.data / "outgoing"
