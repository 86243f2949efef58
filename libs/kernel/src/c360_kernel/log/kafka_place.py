"""Where a log on Kafka is: the setting as a URL, and the names things have on the brokers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from aiokafka import TopicPartition

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition

_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,100}")
_HOSTS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
# Brokers that are set otherwise refuse more; below and above nobody could be a member for long.
_NUMBERS = {"replicas": (1, 100), "session_timeout_ms": (1_000, 1_800_000)}


@dataclass(frozen=True, slots=True)
class KafkaPlace:
    """`brokers` is `host:port[,host:port…]`; topics and groups of one instance share a prefix.

    `session_timeout_ms` is how long a group waits for a silent member before
    another takes over its partitions.
    """

    brokers: str
    prefix: str = ""
    replicas: int = 1
    session_timeout_ms: int = 10_000

    def topic(self, topic: str) -> str:
        """The name of a topic on the brokers."""
        return self.prefix + topic

    def group(self, group: str) -> str:
        """The name of a group on the brokers."""
        return self.prefix + group

    def lease(self, name: str) -> str:
        """The name on the brokers of a lease's own topic."""
        return self.topic(f"lease-{name}")

    def on_broker(self, partition: Partition) -> TopicPartition:
        """The partition as the client names it."""
        return TopicPartition(self.topic(partition.topic), partition.number)

    def ours(self, partition: TopicPartition) -> Partition:
        """The partition as we name it."""
        return Partition(partition.topic.removeprefix(self.prefix), partition.partition)


def parse_kafka_url(url: str) -> KafkaPlace:
    """Read `kafka://host:port[,host:port…][?prefix=…&replicas=…&session_timeout_ms=…]`.

    Raises `SettingsError` (LOG_URL_INVALID).
    """
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _invalid(_FORM) from None
    options = dict(given)
    if parts.scheme != "kafka" or not all(map(_HOSTS.fullmatch, parts.netloc.split(","))):
        raise _invalid(_FORM)
    if parts.path or "#" in url:
        raise _invalid("it has no path and no fragment; a prefix is given as ?prefix=name")
    if len(options) < len(given):
        raise _invalid("an option is given twice")
    prefix = options.pop("prefix", "")
    if not _PREFIX.fullmatch(prefix):
        raise _invalid("a prefix is made of letters, digits, '.', '_' and '-'")
    numbers = {name: _number(name, options.pop(name)) for name in _NUMBERS if name in options}
    if options:
        raise _invalid(f"it has unknown options: {', '.join(sorted(options))}")
    return KafkaPlace(parts.netloc, prefix, **numbers)


_FORM = "it has the form kafka://host:port?prefix=name"


def _number(name: str, text: str) -> int:
    least, most = _NUMBERS[name]
    if not text.isdecimal() or not least <= int(text) <= most:
        raise _invalid(f"{name} is a whole number from {least} to {most}")
    return int(text)


def _invalid(why: str) -> SettingsError:
    return SettingsError(f"the log's URL is not valid: {why}", code="LOG_URL_INVALID")
