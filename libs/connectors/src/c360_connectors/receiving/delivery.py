"""One request that a source sends, before anything of it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_connectors.refusals import ConnectorInvalid


def group_of(connector: str) -> str:
    """The consumer group by which deliveries of a connector are taken."""
    return f"connect-{connector}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`headers` by their names in lower case; `url` is as the sender knows it; `body` is raw."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str = ""


class DeliveryRefused(ConnectorInvalid):
    """It is not of the source, too old, or cannot be read. Nothing of it is kept."""

    code = "DELIVERY_REFUSED"
