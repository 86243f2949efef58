"""The EventLog contract over Kafka itself, and what only a server can do."""

from __future__ import annotations

import secrets

import pytest
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.testing.event_log import EventLogContract, OpenLog

pytestmark = pytest.mark.servers


@pytest.fixture
def url(kafka_url: str) -> str:
    """Topics and groups of this test alone."""
    return f"{kafka_url}?prefix=t{secrets.token_hex(4)}.&session_timeout_ms=3000"


class TestKafkaLog(EventLogContract):
    @pytest.fixture
    def open_log(self, url: str) -> OpenLog:
        return lambda: KafkaLog(parse_kafka_url(url))
