"""The EventLog contract over Kafka itself, and what only a server can do."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from math import inf

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.entry import NewEntry, Partition, Position, partition_of
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import KafkaPlace, parse_kafka_url
from c360_kernel.log.port import Consumer, EventLog
from c360_kernel.log.retention import Retention
from c360_kernel.log.size import MAX_ENTRY_BYTES
from c360_kernel.log.topics import AUDIT, PROFILES, QUARANTINE, RECORDS
from c360_kernel.testing.entries import record_entry
from c360_kernel.testing.event_log import (
    PATIENCE_S,
    EventLogContract,
    OpenLog,
    ProjectedEntries,
    drain,
)

from tests.servers.kafka import KafkaServer

pytestmark = pytest.mark.servers
_SESSION_MS = 3000
_TAKES_AND_HOLDS = """
import asyncio, sys
from c360_kernel.log.topics import RECORDS
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import parse_kafka_url

async def start():
    return {}

async def main():
    consumer = KafkaLog(parse_kafka_url(sys.argv[1])).consumer("g", [RECORDS], start)
    while not await consumer.poll(10, 1):
        pass
    print("taken", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def url(kafka_url: str) -> str:
    """Topics and groups of this test alone."""
    return _alone(kafka_url)


@pytest.fixture
def place(url: str) -> KafkaPlace:
    return parse_kafka_url(url)


@pytest_asyncio.fixture
async def log(place: KafkaPlace) -> AsyncIterator[KafkaLog]:
    log = KafkaLog(place)
    yield log
    await log.close()


class TestKafkaLog(EventLogContract):
    @pytest.fixture
    def open_log(self, place: KafkaPlace) -> OpenLog:
        return lambda: KafkaLog(place)


async def test_attributes_are_cloudevents_headers(log: KafkaLog, place: KafkaPlace) -> None:
    entry = record_entry("a")
    (position,) = await log.append([entry])
    record = await _raw(place, position)
    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == entry.key.encode()
    assert record.value == entry.data
    assert headers.pop("ce_time").endswith("Z")
    assert headers == {
        "ce_specversion": "1.0",
        "content-type": "application/protobuf",
        "ce_id": entry.id,
        "ce_type": entry.type,
        "ce_source": entry.source,
        "ce_subject": entry.subject,
        "ce_stamp": entry.stamp,
    }


async def test_every_attribute_comes_back(log: KafkaLog) -> None:
    entry = NewEntry(
        RECORDS,
        "crm/王",
        "id",
        "type",
        "source",
        "sub/ß",
        1_700_000_000_123,
        "stamp",
        b"",
        "00-a-b-01",
    )
    (at,) = await log.append([entry])
    (held,) = await log.read(at.topic_partition, at.offset, 1)
    for one in fields(NewEntry):
        assert getattr(held, one.name) == getattr(entry, one.name), one.name


async def test_a_record_of_somebody_else_does_not_block(log: KafkaLog, place: KafkaPlace) -> None:
    await log.prepare()
    producer = AIOKafkaProducer(bootstrap_servers=place.brokers)
    await producer.start()
    headers = [("ce_time", b"yesterday"), ("ce_id", b"\xff")]
    await producer.send_and_wait(place.topic(RECORDS), None, key=b"\xff", headers=headers)
    await producer.stop()
    await log.append([record_entry("a")])
    projection = ProjectedEntries()
    consumer = log.consumer("g", [RECORDS], projection.start)
    found = await drain(consumer, 2)
    assert {e.source for e in found} == {"", "c360/test"}
    await consumer.close()


async def test_an_append_larger_than_a_batch_keeps_its_order(log: KafkaLog) -> None:
    entries = [
        NewEntry(RECORDS, "same", str(n), "t", "s", "same", 0, "stamp", b"x" * 400_000)
        for n in range(7)
    ]
    positions = await log.append(entries)
    assert [p.offset for p in positions] == list(range(7))
    held = await log.read(Partition(RECORDS, partition_of("same", 3)), 0, 100)
    assert [e.id for e in held] == [str(n) for n in range(7)]


async def test_another_partition_count_is_refused(log: KafkaLog, place: KafkaPlace) -> None:
    await log.prepare()
    other = KafkaLog(place, partitions=4)
    with pytest.raises(SettingsError) as refused:
        await other.append([record_entry("a")])
    assert refused.value.code == "PARTITIONS_CHANGED"
    await other.close()


@pytest.mark.parametrize("partitions", [3, 5])
async def test_topics_of_one_log_that_differ_are_told_apart_from_a_wrong_setting(
    log: KafkaLog, place: KafkaPlace, partitions: int
) -> None:
    """As after somebody gave one topic more: no setting fits them all."""
    await log.prepare()
    admin = AIOKafkaAdminClient(bootstrap_servers=place.brokers)
    await admin.start()
    await admin.create_partitions({place.topic(RECORDS): NewPartitions(5)})
    await admin.close()
    other = KafkaLog(place, partitions=partitions)
    with pytest.raises(SettingsError) as refused:
        await other.append([record_entry("a")])
    await other.close()
    assert refused.value.code == "PARTITIONS_CHANGED"
    assert "3 and 5 partitions" in refused.value.message
    assert "no setting fits" in refused.value.message


@pytest.mark.parametrize("topic", [RECORDS, QUARANTINE, PROFILES])
@pytest.mark.parametrize(
    "settings",
    [
        {"retention.ms": "604800000"},
        {"retention.ms": "-1", "cleanup.policy": "compact"},
        {"max.message.bytes": "2000"},
        {"max.message.bytes": str(MAX_ENTRY_BYTES - 1)},
        {"min.insync.replicas": "2"},
    ],
)
async def test_topics_that_forget_or_would_refuse_entries_are_refused(
    log: KafkaLog, place: KafkaPlace, topic: str, settings: dict[str, str]
) -> None:
    if topic == QUARANTINE and "retention.ms" in settings:
        pytest.skip("refused items are not kept for ever")
    await _make_topic(place, topic, {"retention.ms": "-1", **settings})
    with pytest.raises(SettingsError) as refused:
        await log.prepare()
    assert refused.value.code == "TOPIC_SETTINGS"
    assert place.topic(topic) in refused.value.message


async def test_topics_that_allow_more_are_taken(log: KafkaLog, place: KafkaPlace) -> None:
    await _make_topic(place, RECORDS, {"retention.ms": "-1", "max.message.bytes": "9000000"})
    await log.prepare()


async def test_looks_may_go_once_they_are_old_and_no_sooner(
    log: KafkaLog, place: KafkaPlace, url: str
) -> None:
    await _make_topic(place, AUDIT, {"retention.ms": str(30 * 86_400_000)})
    with pytest.raises(SettingsError) as refused:
        await log.prepare()
    assert refused.value.code == "TOPIC_SETTINGS"
    other = KafkaLog(parse_kafka_url(url), retention=Retention(audit_days=30))
    await other.prepare()
    await other.close()


async def test_topics_with_fewer_replicas_than_the_settings_say_are_refused(
    log: KafkaLog, url: str
) -> None:
    await log.prepare()
    other = KafkaLog(parse_kafka_url(f"{url}&replicas=2"))
    with pytest.raises(SettingsError) as refused:
        await other.prepare()
    assert refused.value.code == "TOPIC_SETTINGS"
    assert "1 replicas, the log needs 2" in refused.value.message
    await other.close()


async def _make_topic(place: KafkaPlace, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=place.brokers)
    await admin.start()
    await admin.create_topics([NewTopic(place.topic(topic), 3, 1, topic_configs=settings)])
    await admin.close()


async def test_more_replicas_than_brokers_are_refused(url: str) -> None:
    log = KafkaLog(parse_kafka_url(f"{url}&replicas=99"))
    with pytest.raises(SettingsError) as refused:
        await log.prepare()
    assert refused.value.code == "TOPIC_SETTINGS"
    await log.close()


async def test_processes_that_start_together_agree_on_the_topics(place: KafkaPlace) -> None:
    logs = [KafkaLog(place) for _ in range(4)]
    await asyncio.gather(*(log.prepare() for log in logs))
    for log in logs:
        await log.close()


async def test_the_next_member_takes_over_from_a_killed_process(log: KafkaLog, url: str) -> None:
    await log.append([record_entry(f"k{n}") for n in range(30)])
    command = [sys.executable, "-c", _TAKES_AND_HOLDS, url]
    other = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"taken\n"
    projection = ProjectedEntries()
    consumer = log.consumer("g", [RECORDS], projection.start)
    other.kill()
    await other.wait()
    killed_at = time.monotonic()
    projection.take(await drain(consumer, 30))
    assert len(projection.taken) == 30
    # Long before the killed one would have let go by itself, which it does after a minute.
    assert time.monotonic() - killed_at < 10 * _SESSION_MS / 1000
    await consumer.close()


async def test_members_that_come_and_go_lose_and_double_nothing(log: KafkaLog) -> None:
    projection, stop, enough = ProjectedEntries(), asyncio.Event(), asyncio.Event()
    staying = asyncio.create_task(_member(log, projection, stop))
    appending = asyncio.create_task(_append_until(log, enough))
    try:
        for _ in range(2):
            taken_before = len(projection.taken)
            async with asyncio.timeout(2 * PATIENCE_S):
                assert await _member(log, projection, stop, enough=100) >= 100
            assert len(projection.taken) > taken_before
        enough.set()
        appended = await appending
        await _until_taken(projection, len(appended))
    finally:
        enough.set()
        stop.set()
    await staying
    assert sorted(e.id for e in projection.taken) == sorted(e.id for e in appended)


async def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(
    kafka_server: KafkaServer,
) -> None:
    log = KafkaLog(parse_kafka_url(_alone(kafka_server.url)), timeout_s=3)
    projection, stop = ProjectedEntries(), asyncio.Event()
    reading = asyncio.create_task(_member(log, projection, stop))
    appending = asyncio.create_task(_append_stubbornly(log, 12.0))
    await asyncio.sleep(3)
    kafka_server.kill()
    await asyncio.sleep(4)
    await asyncio.to_thread(kafka_server.start)
    acknowledged, refusals = await appending
    assert refusals, "the broker was not missed"
    for position, entry in acknowledged:
        (held,) = await log.read(Partition(RECORDS, position.partition), position.offset, 1)
        assert held.id == entry.id
    await _until_taken(projection, sum((await log.ends([RECORDS])).values()))
    stop.set()
    await reading
    # An append in doubt is repeated, so an entry may stand twice; none may be missing.
    assert {entry.id for _, entry in acknowledged} <= {e.id for e in projection.taken}
    await log.close()


async def test_a_log_that_is_not_there_says_so_at_once(caplog: pytest.LogCaptureFixture) -> None:
    log = KafkaLog(KafkaPlace("127.0.0.1:1"), timeout_s=60)
    began = time.monotonic()
    for attempt in (
        log.append([record_entry("a")]),
        log.ends([RECORDS]),
        log.committed("g"),
        log.read(Partition(RECORDS, 0), 0, 1),
        log.consumer("g", [RECORDS], ProjectedEntries().start).poll(1, 0),
    ):
        with pytest.raises(Transient) as refused:
            await attempt
        assert refused.value.code == "LOG_UNAVAILABLE"
    assert time.monotonic() - began < 60
    assert not caplog.records
    await log.close()


async def test_a_broker_that_hangs_is_given_up_in_time(kafka_server: KafkaServer) -> None:
    # So long it may take to learn of all topics.
    log = KafkaLog(parse_kafka_url(_alone(kafka_server.url)), timeout_s=4)
    await _until_appended(log, record_entry("before"))
    kafka_server.pause()
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(Transient) as refused:
            await log.append([record_entry("during")])
        assert refused.value.code == "LOG_UNAVAILABLE"
        assert time.monotonic() - began < 20
    kafka_server.resume()
    await _until_appended(log, record_entry("after"))
    await log.close()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:9092",
        "kafka://",
        "kafka://somebody:secret@host:9092",
        "kafka://host:9092?prefix=a/b",
        "kafka://host:9092?replicas=none",
        "kafka://host:9092?replica=3",
    ],
)
def test_urls_that_mean_nothing_are_refused(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_kafka_url(url)
    assert refused.value.code == "LOG_URL_INVALID"
    assert "secret" not in refused.value.message


def test_a_url_says_it_all() -> None:
    url = "kafka://one:1,two:2?prefix=acme.&replicas=3&session_timeout_ms=6000"
    assert parse_kafka_url(url) == KafkaPlace("one:1,two:2", "acme.", 3, 6000)


def _alone(url: str) -> str:
    return f"{url}?prefix=t{secrets.token_hex(4)}.&session_timeout_ms={_SESSION_MS}"


async def _raw(place: KafkaPlace, position: Position):
    consumer = AIOKafkaConsumer(bootstrap_servers=place.brokers)
    await consumer.start()
    there = TopicPartition(place.topic(position.topic), position.partition)
    consumer.assign([there])
    consumer.seek(there, position.offset)
    try:
        return await asyncio.wait_for(consumer.getone(), PATIENCE_S)
    finally:
        await consumer.stop()


async def _member(
    log: EventLog, projection: ProjectedEntries, stop: asyncio.Event, enough: float = inf
) -> int:
    """Work as a worker does until told to stop or so many came; return how many did."""
    consumer: Consumer = log.consumer("g", [RECORDS], projection.start)
    seen = 0
    while not stop.is_set() and seen < enough:
        try:
            entries = await consumer.poll(20, 0.2)
            await asyncio.sleep(0)  # others may run between reading and handling
            projection.take(entries)
            await consumer.commit(projection.positions)
        except Transient:
            await consumer.rewind()
            await asyncio.sleep(0.2)
        else:
            seen += len(entries)
    await consumer.close()
    return seen


async def _append_until(log: EventLog, enough: asyncio.Event) -> Sequence[NewEntry]:
    appended: list[NewEntry] = []
    while not enough.is_set():
        entries = [record_entry(f"{len(appended)}-{n}") for n in range(10)]
        await log.append(entries)
        appended += entries
        await asyncio.sleep(0.02)
    return appended


async def _append_stubbornly(
    log: EventLog, seconds: float
) -> tuple[list[tuple[Position, NewEntry]], int]:
    """Append for so long, each until it is acknowledged; also how often it was refused."""
    acknowledged: list[tuple[Position, NewEntry]] = []
    refusals = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        entries = [record_entry(f"{len(acknowledged)}-{n}") for n in range(5)]
        try:
            positions = await log.append(entries)
        except Transient:
            refusals += 1
            await asyncio.sleep(0.2)
        else:
            acknowledged += zip(positions, entries, strict=True)
    return acknowledged, refusals


async def _until_taken(projection: ProjectedEntries, count: int) -> None:
    async with asyncio.timeout(2 * PATIENCE_S):
        while sum(projection.positions.values()) < count:
            await asyncio.sleep(0.05)


async def _until_appended(log: EventLog, entry: NewEntry) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await log.append([entry])
            except Transient:
                await asyncio.sleep(0.2)
            else:
                return


def test_taking_over_may_take_as_long_as_a_killed_member_is_missed() -> None:
    assert KafkaLog(parse_kafka_url("kafka://one:1?session_timeout_ms=30000")).takeover_s > 33
