"""Kafka that lets in only who shows a password, over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_kernel.errors import C360Error, Misaddressed, Transient
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.log.topics import RECORDS
from c360_kernel.testing.entries import record_entry
from c360_kernel.testing.event_log import ProjectedEntries, drain

from tests.servers.certificates import Authority
from tests.servers.fixtures import running
from tests.servers.kafka_secured import PASSWORD, USER, SecuredKafkaServer

pytestmark = pytest.mark.servers
_TIMEOUT_S = 20


@pytest.fixture(scope="module")
def server() -> Iterator[SecuredKafkaServer]:
    with running(SecuredKafkaServer) as server:
        yield server


def log_at(url: str) -> KafkaLog:
    return KafkaLog(parse_kafka_url(url), timeout_s=_TIMEOUT_S)


async def test_all_that_a_log_does_is_done_with_a_password_over_tls(
    server: SecuredKafkaServer,
) -> None:
    log = log_at(server.url)
    try:
        entry = record_entry("1")
        await log.append([entry])
        assert await log.ends([RECORDS])
        consumer = log.consumer("g", [RECORDS], ProjectedEntries().start)
        assert [one.data for one in await drain(consumer, 1)] == [entry.data]
        await consumer.close()
        assert await log.lease("clock").held() in (True, False)
    finally:
        await log.close()


async def _refusal(url: str) -> C360Error:
    log = log_at(url)
    try:
        with pytest.raises(C360Error) as refused:
            await log.ends([RECORDS])
    finally:
        await log.close()
    return refused.value


@pytest.mark.parametrize(("user", "password"), [(USER, "other"), ("nobody", PASSWORD)])
async def test_a_wrong_login_says_so(server: SecuredKafkaServer, user: str, password: str) -> None:
    refused = await _refusal(server.url_of(user, password, server.authorities))
    assert isinstance(refused, Misaddressed)
    assert refused.code == "LOG_LOGIN"
    assert password not in refused.message
    assert user not in refused.message


async def test_a_broker_that_nobody_vouches_for_is_told_nothing(
    server: SecuredKafkaServer, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger").file
    refused = await _refusal(server.url_of(USER, PASSWORD, stranger))
    assert isinstance(refused, Transient)
