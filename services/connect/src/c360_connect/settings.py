"""Settings of what runs connectors."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class ConnectSettings(Settings):
    """Read from `C360_*` by whoever runs connectors."""

    connect_gateway: str = Field(
        default="http://127.0.0.1:8360",
        description="The gateway that `c360 serve connect` sends what it takes to.",
    )
    connect_networks: str = Field(
        default="",
        description="Networks beside the public internet that sources may be in, as "
        "`10.2.0.0/16, fd00:1::/64`; plain HTTP goes to these alone.",
    )
