"""Where a log on Kafka is: the setting as a URL, and the names things have on the brokers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from aiokafka import TopicPartition

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition
from c360_kernel.log.kafka_security import MECHANISMS, KafkaSecurity
from c360_kernel.log.topics import TOPICS
from c360_kernel.server_url import is_place, oddity_of

SETTINGS = "settings"
"""The topic that says what a log was made with."""
_LEASE = "lease-"
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,100}")
_PORT = re.compile(r":[0-9]+$")
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
    security: KafkaSecurity = field(default_factory=KafkaSecurity)

    def client_options(self) -> Mapping[str, Any]:
        """What every client of the driver is told of the brokers."""
        return {"bootstrap_servers": self.brokers, **self.security.client_options()}

    def topic(self, topic: str) -> str:
        """The name of a topic on the brokers."""
        return self.prefix + topic

    def group(self, group: str) -> str:
        """The name of a group on the brokers."""
        return self.prefix + group

    def lease(self, name: str) -> str:
        """The name on the brokers of a lease's own topic."""
        return self.topic(f"{_LEASE}{name}")

    def keeps(self, name: str) -> bool:
        """Whether a topic of the brokers is one of this log."""
        ours = name.removeprefix(self.prefix)
        is_one = ours in (*TOPICS, SETTINGS) or ours.startswith(_LEASE)
        return is_one and name.startswith(self.prefix)

    def on_broker(self, partition: Partition) -> TopicPartition:
        """The partition as the client names it."""
        return TopicPartition(self.topic(partition.topic), partition.number)

    def ours(self, partition: TopicPartition) -> Partition:
        """The partition as we name it."""
        return Partition(partition.topic.removeprefix(self.prefix), partition.partition)


def parse_kafka_url(url: str) -> KafkaPlace:
    """Read `kafka://HOST:PORT[,HOST:PORT…][?prefix=…&replicas=…&session_timeout_ms=…]`.

    `kafka+s://[USER:PASSWORD@]HOST:PORT…` is with TLS, and takes `ca`, `cert` and `key` (PEM files)
    and `sasl` (scram-sha-512, scram-sha-256 or plain) besides; names and passwords are
    percent-encoded. Raises `SettingsError` (LOG_URL_INVALID), which tells no password.
    """
    parts, options = _taken_apart(url)
    login, _, brokers = parts.netloc.rpartition("@")
    if not all(is_place(one) and _PORT.search(one) for one in brokers.split(",")):
        raise _invalid(_FORM)
    prefix = options.pop("prefix", "")
    if not _PREFIX.fullmatch(prefix):
        raise _invalid("a prefix is made of letters, digits, '.', '_' and '-'")
    numbers = {name: _number(name, options.pop(name)) for name in _NUMBERS if name in options}
    security = _security(parts.scheme, login, options)
    if options:
        raise _invalid(f"it has unknown options: {', '.join(sorted(options))}")
    return KafkaPlace(brokers, prefix, **numbers, security=security)


_PLAIN, _ENCRYPTED = "kafka", "kafka+s"
_FORM = "it has the form kafka://host:port?prefix=name"


def _taken_apart(url: str) -> tuple[SplitResult, dict[str, str]]:
    if oddity := oddity_of(url):
        raise _invalid(oddity)
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _invalid(_FORM) from None
    if parts.scheme not in (_PLAIN, _ENCRYPTED):
        raise _invalid(_FORM)
    if parts.path or "#" in url:
        raise _invalid("it has no path and no fragment; a prefix is given as ?prefix=name")
    options = dict(given)
    if len(options) < len(given):
        raise _invalid("an option is given twice")
    return parts, options


def _security(scheme: str, login: str, options: dict[str, str]) -> KafkaSecurity:
    if scheme == _PLAIN:
        if login:
            raise _invalid("a password needs TLS: kafka+s://USER:PASSWORD@host:port")
        return KafkaSecurity()
    user, password = _user(login)
    security = KafkaSecurity(
        is_encrypted=True,
        authorities=options.pop("ca", ""),
        certificate=options.pop("cert", ""),
        key=options.pop("key", ""),
        mechanism=_mechanism(options.pop("sasl", "scram-sha-512")),
        user=user,
        password=password,
    )
    try:
        security.client_options()
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise _invalid("a file of `ca`, `cert` or `key` is not to be read, or no PEM") from error
    return security


def _user(login: str) -> tuple[str, str]:
    user, _, password = login.partition(":")
    if login and not (user and password):
        raise _invalid("a login is USER:PASSWORD, percent-encoded")
    return unquote(user), unquote(password)


def _mechanism(name: str) -> str:
    if name not in MECHANISMS:
        raise _invalid(f"sasl is one of {', '.join(MECHANISMS)}")
    return MECHANISMS[name]


def _number(name: str, text: str) -> int:
    least, most = _NUMBERS[name]
    if not text.isdecimal() or not least <= int(text) <= most:
        raise _invalid(f"{name} is a whole number from {least} to {most}")
    return int(text)


def _invalid(why: str) -> SettingsError:
    return SettingsError(f"the log's URL is not valid: {why}", code="LOG_URL_INVALID")
