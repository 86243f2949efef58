"""What makes the channel of each kind of destination, by the name that the catalog gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from c360_kernel.catalog.model import Destination

from c360_activation.domain.subscribing import Destinations
from c360_activation.handlers.channels.file import FileChannel
from c360_activation.handlers.channels.mail import MailChannel
from c360_activation.handlers.channels.port import Channel, Means
from c360_activation.handlers.channels.request import RequestChannel
from c360_activation.handlers.channels.topic import TopicChannel
from c360_activation.handlers.channels.webhook import WebhookChannel

_CHANNELS: Mapping[str, Callable[[Destination, Means], Channel]] = {
    "webhook": WebhookChannel,
    "request": RequestChannel,
    "file": FileChannel,
    "topic": TopicChannel,
    "mail": MailChannel,
}


def channel_of(destination: Destination, means: Means) -> Channel:
    """What tells this destination."""
    return _CHANNELS[destination.kind](destination, means)


def channels_of(destinations: Destinations, means: Means) -> Mapping[str, Channel]:
    """What tells each, by its name."""
    return {name: channel_of(one, means) for name, one in destinations.items()}
