"""`topic`: entries on other brokers or behind another prefix, in order by customer."""

import uuid
from dataclasses import replace

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from c360_activation.handlers.channels.kinds import channel_of
from c360_kernel.catalog.targets.topic import Topic
from c360_kernel.errors import C360Error, SettingsError
from c360_kernel.log.kafka_place import parse_kafka_url

from .channel_contract import ChannelContract, There, destination, keep, means, parcel

TOPIC = "crm.customers"
_PARTITIONS = 3


async def _make(url):
    place = parse_kafka_url(url)
    admin = AIOKafkaAdminClient(**place.client_options())
    await admin.start()
    await admin.create_topics([NewTopic(place.topic(TOPIC), _PARTITIONS, 1)])
    await admin.close()


async def _read(url):
    """All records, in the order of their offsets within each partition."""
    place = parse_kafka_url(url)
    consumer = AIOKafkaConsumer(**place.client_options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        there = [TopicPartition(place.topic(TOPIC), one) for one in range(_PARTITIONS)]
        consumer.assign(there)
        ends = await consumer.end_offsets(there)
        found = []
        for one in there:
            await consumer.seek_to_beginning(one)
            while await consumer.position(one) < ends[one]:
                found += (await consumer.getmany(one, timeout_ms=500)).get(one, [])
        return found
    finally:
        await consumer.stop()


@pytest.mark.servers
class TestTopic(ChannelContract):
    @pytest.fixture
    async def there(self, tmp_path, kafka_url):
        url = f"{kafka_url}?prefix=t{uuid.uuid4().hex[:8]}."
        await _make(url)
        with_means = means(tmp_path, timeout_s=10.0)
        secret = with_means.keys / "mailer.brokers"
        keep(secret, url)

        async def arrived():
            told = [(one, orjson.loads(one.value)) for one in await _read(url)]
            return [
                (dict(one.headers)["id"].decode(), value["data"]["traits"]["city"])
                for one, value in told
                if "traits" in value["data"]
            ]

        async def away():
            keep(secret, "kafka://127.0.0.1:9")

        yield There(destination("topic", Topic(TOPIC)), with_means, arrived, away, secret)

    async def test_entries_of_a_customer_are_of_one_partition_and_keyed_by_it(self, there, channel):
        for number in range(12):
            one = parcel(there.destination, f"m{number}", f"c{number % 4}", city=str(number))
            await channel.packed(one)()
        records = await _read(there.secret.read_text())
        by_customer = {}
        for one in records:
            by_customer.setdefault(one.key.decode(), []).append(one)
        assert sorted(by_customer) == ["c0", "c1", "c2", "c3"]
        for held in by_customer.values():
            assert len({one.partition for one in held}) == 1
            cities = [orjson.loads(one.value)["data"]["traits"]["city"] for one in held]
            assert cities == sorted(cities, key=int)

    async def test_a_topic_that_is_not_there_took_nothing_and_may_later(self, there):
        other = destination("topic", Topic("nowhere"))
        channel = channel_of(other, there.means)
        with pytest.raises(C360Error) as refused:
            await channel.packed(parcel(other))()
        assert refused.value.code == "TOPIC_UNREACHABLE" and refused.value.retryable
        await channel.close()


@pytest.mark.parametrize(
    ("brokers", "topic", "code"),
    [
        ("kafka://127.0.0.1:9", "facts", ""),
        ("kafka://127.0.0.1:9", "memberships", "DESTINATION_INVALID"),
        ("kafka://127.0.0.1:9?prefix=other.", "memberships", ""),
        ("http://127.0.0.1:9", "crm", "LOG_URL_INVALID"),
        ("", "crm", "DESTINATION_SECRET_MISSING"),
    ],
)
async def test_what_is_wrong_with_it_is_found_before_anything_is_asked(
    tmp_path, brokers, topic, code
):
    with_means = means(tmp_path)
    keep(with_means.keys / "mailer.brokers", brokers)
    channel = channel_of(destination("topic", Topic(topic)), with_means)
    try:
        channel.ready()
        assert code == ""
    except SettingsError as refused:
        assert refused.code == code
    await channel.close()
    await with_means.post.close()


@pytest.mark.parametrize(
    ("brokers", "topic", "is_refused"),
    [
        ("kafka://127.0.0.1:9", "c360.memberships", True),
        ("kafka://127.0.0.1:9?prefix=c360.", "profiles", True),
        ("kafka://127.0.0.1:9?prefix=c3", "60.settings", True),
        ("kafka://127.0.0.1:9?prefix=c360.", "lease-identity", True),
        ("kafka://127.0.0.1:9?prefix=c360.", "crm.profiles", False),
        ("kafka://127.0.0.1:9?prefix=crm.", "profiles", False),
    ],
)
async def test_no_topic_of_the_log_is_written_to_whatever_its_prefix(
    tmp_path, brokers, topic, is_refused
):
    there = replace(means(tmp_path), log="kafka://broker.example:9092?prefix=c360.")
    keep(there.keys / "mailer.brokers", brokers)
    channel = channel_of(destination("topic", Topic(topic)), there)
    try:
        channel.ready()
        assert not is_refused
    except SettingsError as refused:
        assert is_refused and refused.code == "DESTINATION_INVALID"
    await channel.close()
    await there.post.close()


async def test_brokers_are_those_that_the_file_names_now(tmp_path):
    there = means(tmp_path)
    channel = channel_of(destination("topic", Topic("crm")), there)
    keep(there.keys / "mailer.brokers", "kafka://127.0.0.1:9")
    channel.ready()
    keep(there.keys / "mailer.brokers", "kafka://127.0.0.1:9?prefix=..x y")
    with pytest.raises(SettingsError) as refused:
        channel.ready()
    assert refused.value.code == "LOG_URL_INVALID"
    keep(there.keys / "mailer.brokers", "kafka+s://shop:word@127.0.0.1:9")
    channel.ready()
    await channel.close()
    await there.post.close()
