"""A log on Kafka knows who it is: what was made anew, cut or is somebody else's is refused."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete
from c360_kernel.errors import C360Error, SettingsError, Unusable
from c360_kernel.log import kafka
from c360_kernel.log.entry import Partition, Positions
from c360_kernel.log.format import LOG_FORMAT
from c360_kernel.log.identity import LogIdentity, Origin
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.kafka_place import KafkaPlace, parse_kafka_url
from c360_kernel.log.kafka_settings import LogSettings
from c360_kernel.log.naming_keys import HeldKey, HeldKeys
from c360_kernel.log.topics import AUDIT, EVENTS, RECORDS, TOPICS
from c360_kernel.testing.entries import record_entry

pytestmark = pytest.mark.servers
Change = Callable[[AIOKafkaAdminClient, KafkaPlace], Awaitable[None]]


@pytest.fixture
def place(kafka_url: str) -> KafkaPlace:
    return parse_kafka_url(f"{kafka_url}?prefix=t{secrets.token_hex(4)}.")


@pytest_asyncio.fixture
async def admin(place: KafkaPlace) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=place.brokers)
    await client.start()
    yield client
    await client.close()


async def _cut(admin: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    await admin.delete_records({TopicPartition(place.topic(RECORDS), 0): RecordsToDelete(2)})


async def _made_anew_empty(admin: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    await admin.delete_topics([place.topic(RECORDS)])


async def _made_anew_longer(admin: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    await _made_anew_empty(admin, place)
    await asyncio.sleep(0.5)
    # Somebody makes it and fills it again, who does not look at what there was.
    other = KafkaLog(KafkaPlace(place.brokers, place.prefix + "x."))
    await other.prepare()
    await other.close()
    await _copy_topic(place)


async def _copy_topic(place: KafkaPlace) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=place.brokers)
    await admin.start()
    from c360_kernel.log.kafka_topics import ensure_topics
    from c360_kernel.log.retention import Retention

    await ensure_topics(admin, place, 3, Retention())
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=place.brokers)
    await producer.start()
    for number in range(60):
        await producer.send_and_wait(
            place.topic(RECORDS), b"x", headers=[("ce_id", b"other")], partition=number % 3
        )
    await producer.stop()


async def _identity(place: KafkaPlace, instance: str = "") -> LogIdentity:
    log = KafkaLog(place, instance=instance)
    try:
        return await log.identity()
    finally:
        await log.close()


async def _known(place: KafkaPlace, keys: HeldKeys, instance: str = "") -> None:
    log = KafkaLog(place, instance=instance, keys=keys)
    try:
        await log.identity()
    finally:
        await log.close()


async def test_a_log_knows_the_keys_that_it_was_written_under(place: KafkaPlace) -> None:
    await _known(place, {"instance": HeldKey("a"), "mask-tokens": HeldKey("m")})
    for code, keys in (
        ("KEY_REPLACED", {"instance": HeldKey("b")}),
        ("KEY_MISSING", {"mask-tokens": HeldKey("")}),
    ):
        with pytest.raises(SettingsError) as refused:
            await _known(place, keys)
        assert refused.value.code == code
        assert f"{next(iter(keys))}.key" in refused.value.message
    await _known(place, {"instance": HeldKey("b", former="a")})
    await _known(place, {"instance": HeldKey("b")})
    with pytest.raises(SettingsError):
        await _known(place, {"instance": HeldKey("a")})


async def test_another_identity_key_alone_is_named_and_no_other_instance(
    place: KafkaPlace,
) -> None:
    ours = {"identity": HeldKey("i"), "audit": HeldKey("a")}
    await _known(place, ours, "ours")
    for code, keys in (
        ("KEY_REPLACED", {**ours, "identity": HeldKey("j")}),
        ("LOG_FOREIGN", {"identity": HeldKey("j"), "audit": HeldKey("b")}),
    ):
        with pytest.raises(SettingsError, match=r"identity\.key") as refused:
            await _known(place, keys, "theirs")
        assert refused.value.code == code
    await _known(place, ours, "ours")


async def test_of_two_that_bring_other_keys_at_once_the_first_stays(place: KafkaPlace) -> None:
    """Whoever came second has said its own by then, and takes it back."""
    both = [{"instance": HeldKey("a")}, {"instance": HeldKey("b")}]
    await _identity(place)
    came = await asyncio.gather(*(_known(place, one) for one in both), return_exceptions=True)
    assert sum(isinstance(one, SettingsError) for one in came) == 1
    again = await asyncio.gather(*(_known(place, one) for one in both), return_exceptions=True)
    assert [type(one) for one in again] == [type(one) for one in came]


async def _filled(place: KafkaPlace, count: int = 30) -> None:
    log = KafkaLog(place)
    await log.append([record_entry(f"k{n}") for n in range(count)])
    await log.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_cut, "LOG_TRUNCATED"),
        (_made_anew_empty, "LOG_FOREIGN"),
        (_made_anew_longer, "LOG_FOREIGN"),
    ],
)
async def test_what_is_not_this_log_any_more_takes_and_gives_nothing(
    admin: AIOKafkaAdminClient, place: KafkaPlace, change: Change, code: str
) -> None:
    await _filled(place)
    await change(admin, place)
    log = KafkaLog(place)
    requests: list[Callable[[], Awaitable[object]]] = [
        log.identity,
        lambda: log.append([record_entry("a")]),
        lambda: log.ends([EVENTS]),
    ]
    for ask in requests:
        with pytest.raises(SettingsError) as refused:
            await ask()
        assert refused.value.code == code
    assert RECORDS in refused.value.message
    await log.close()


@pytest.mark.parametrize(
    ("change", "code"), [(_cut, "LOG_TRUNCATED"), (_made_anew_empty, "LOG_UNAVAILABLE")]
)
async def test_it_is_seen_while_it_runs(
    admin: AIOKafkaAdminClient,
    place: KafkaPlace,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    code: str,
) -> None:
    monkeypatch.setattr(kafka, "_IDENTITY_S", 0.1)
    log = KafkaLog(place)
    await log.append([record_entry(f"k{n}") for n in range(30)])
    await change(admin, place)
    await asyncio.sleep(0.2)
    with pytest.raises(C360Error) as refused:
        await log.identity()
    assert refused.value.code == code
    with pytest.raises(C360Error):
        await log.append([record_entry("a")])
    await log.close()


async def test_topics_that_begin_to_forget_are_told_of_while_it_runs(
    admin: AIOKafkaAdminClient, place: KafkaPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_IDENTITY_S", 0.1)
    log = KafkaLog(place)
    await log.append([record_entry("a")])
    forgets = {"retention.ms": "86400000", "cleanup.policy": "delete", "retention.bytes": "-1"}
    topic = ConfigResource(ConfigResourceType.TOPIC, place.topic(EVENTS), forgets)
    await admin.alter_configs([topic])
    await asyncio.sleep(0.2)
    with pytest.raises(SettingsError) as refused:
        await log.identity()
    assert refused.value.code == "TOPIC_SETTINGS"
    await log.append([record_entry("b")])
    await log.close()


async def test_another_instance_is_refused_and_replicas_are_not(place: KafkaPlace) -> None:
    nameless = await _identity(place)
    ours = await _identity(place, "ours")
    assert ours.origin == Origin(nameless.origin.log, "ours")
    assert (await _identity(place)).origin == ours.origin
    assert (await _identity(place, "ours")).origin == ours.origin
    with pytest.raises(SettingsError) as refused:
        await _identity(place, "theirs")
    assert refused.value.code == "LOG_FOREIGN"


async def test_those_that_begin_together_agree(place: KafkaPlace) -> None:
    found = await asyncio.gather(*(_identity(place, "ours") for _ in range(4)))
    assert len({one.origin for one in found} | {(await _identity(place)).origin}) == 1


async def test_of_two_instances_that_begin_together_one_stays(place: KafkaPlace) -> None:
    both = (_identity(place, name) for name in ("ours", "theirs"))
    found = await asyncio.gather(*both, return_exceptions=True)
    stayed = [one.origin.instance for one in found if isinstance(one, LogIdentity)]
    refused = [one.code for one in found if isinstance(one, C360Error)]
    assert (len(stayed), refused) == (1, ["LOG_FOREIGN"])
    assert (await _identity(place)).origin.instance == stayed[0]


async def test_another_prefix_is_another_log(place: KafkaPlace) -> None:
    other = KafkaPlace(place.brokers, f"{place.prefix}other.")
    assert (await _identity(place)).origin != (await _identity(other)).origin


async def test_topics_of_before_there_were_ids_are_taken_up_once(
    admin: AIOKafkaAdminClient, place: KafkaPlace
) -> None:
    await _filled(place)
    await admin.delete_topics([place.topic("settings")])
    await asyncio.sleep(0.5)
    taken_up = await _identity(place, "ours")
    assert taken_up.stamp
    await _made_anew_empty(admin, place)
    with pytest.raises(SettingsError) as refused:
        await _identity(place, "ours")
    assert refused.value.code == "LOG_FOREIGN"


async def test_a_log_of_a_format_before_becomes_one_of_the_present_format(
    place: KafkaPlace,
) -> None:
    before = await _identity(place, "ours")
    await _say(place, before.origin.log, 1)
    assert (await _identity(place, "ours")).origin == before.origin
    settings = LogSettings(place, 10.0)
    stated = (await settings.history())["log"][-1]
    await settings.close()
    assert json.loads(stated)["format"] == LOG_FORMAT


async def _say(place: KafkaPlace, log: str, number: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=place.brokers)
    await producer.start()
    values = {"id": log, "instance": "", "format": number, "firsts": {}}
    topic = place.topic("settings")
    await producer.send_and_wait(topic, json.dumps(values).encode(), key=b"log")
    await producer.stop()


async def test_a_log_of_another_format_is_refused(place: KafkaPlace) -> None:
    await _identity(place)
    await _say(place, "a" * 32, 99)
    with pytest.raises(Unusable) as refused:
        await _identity(place)
    assert refused.value.code == "STORE_FORMAT"


async def test_a_stamp_that_another_writer_left_long_ago_is_the_highest(place: KafkaPlace) -> None:
    ahead = KafkaLog(place)
    stamp = "f" * 28
    entry = record_entry("ahead")
    await ahead.append([type(entry)(**{**_attributes(entry), "stamp": stamp})])
    await ahead.close()
    await _filled(place, 1_500)
    assert (await _identity(place)).stamp == stamp


def _attributes(entry: object) -> dict[str, object]:
    return {name: getattr(entry, name) for name in type(entry).__slots__}  # type: ignore[attr-defined]


def test_the_settings_topic_is_none_of_the_log_s_own() -> None:
    assert "settings" not in TOPICS


async def test_looks_that_are_gone_are_no_cut_and_who_begins_takes_the_rest(
    admin: AIOKafkaAdminClient, place: KafkaPlace
) -> None:
    log = KafkaLog(place, partitions=1)
    looks = [replace(record_entry("a"), topic=AUDIT, id=f"look {number}") for number in range(4)]
    await log.append(looks)
    await admin.delete_records({TopicPartition(place.topic(AUDIT), 0): RecordsToDelete(2)})
    await asyncio.sleep(0.2)
    await log.identity()

    async def from_nothing() -> Positions:
        return {}

    consumer = log.consumer("g", [AUDIT], from_nothing)
    found: list[int] = []
    async with asyncio.timeout(30):
        while len(found) < 2:
            found += [entry.offset for entry in await consumer.poll(10, 0.5)]
    assert found == [2, 3]
    assert [one.offset for one in await log.read(Partition(AUDIT, 0), 0, 10)] == [2, 3]
    await consumer.close()
    await log.close()
