"""A topic that a source writes to: all is taken, and what was taken is behind an offset."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from c360_connect.inbox import FORGOTTEN
from c360_connect.running import Runner, reached
from c360_connectors.form import Connector
from c360_connectors.reading.connector import parse_connector
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.log.kafka_place import parse_kafka_url
from c360_kernel.log.memory import MemoryLog

from c360_cli.connecting.checking import sample_of
from tests.component.connectors.source import EXAMPLES, Died, Taken, ran, settings

pytestmark = pytest.mark.servers
PARTITIONS = 2
TOPIC = "shop.public.customers"


class Topics:
    """One topic behind a prefix of its own."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}?prefix=t{uuid.uuid4().hex[:8]}."
        self._place = parse_kafka_url(self.url)
        self._options = self._place.client_options()

    async def make(self, name: str = TOPIC) -> None:
        await self._admin("create_topics", [NewTopic(self._place.topic(name), PARTITIONS, 1)])

    async def remove(self) -> None:
        await self._admin("delete_topics", [self._place.topic(TOPIC)])

    async def forget(self, partition: int, before: int) -> None:
        where = TopicPartition(self._place.topic(TOPIC), partition)
        await self._admin("delete_records", {where: RecordsToDelete(before)})

    async def write(
        self,
        *values: object,
        partition: int = 0,
        headers: Mapping[str, str] | None = None,
        name: str = TOPIC,
    ) -> None:
        producer = AIOKafkaProducer(**self._options)
        await producer.start()
        sent = [(name, text.encode()) for name, text in (headers or {}).items()]
        for value in values:
            body = None if value is None else json.dumps(value).encode()
            topic = self._place.topic(name)
            await producer.send_and_wait(topic, body, b"k", partition, headers=sent)
        await producer.stop()

    async def _admin(self, what: str, *given: object) -> None:
        admin = AIOKafkaAdminClient(**self._options)
        await admin.start()
        await getattr(admin, what)(*given)
        await admin.close()


@pytest.fixture
async def topics(kafka_url: str) -> AsyncGenerator[Topics]:
    found = Topics(kafka_url)
    await found.make()
    yield found


def connector(name: str = "debezium-customers") -> Connector:
    return parse_connector((EXAMPLES / f"{name}.yaml").read_text("utf-8"), name)


def change(number: int, op: str = "c") -> dict[str, Any]:
    row = {"id": number, "name": f"N{number}", "email": f"p{number}@example.com", "city": "Bonn"}
    source = {"lsn": 1_000 + number, "ts_ms": 1_767_225_600_000 + number}
    return {"op": op, "before": row if op == "d" else None, "after": None if op == "d" else row,
            "source": source}  # fmt: skip


def keys(taken: Taken) -> Sequence[str]:
    return [str(one["key"]) for one in taken.of("records")]


async def test_all_partitions_are_taken_once_and_then_only_what_is_new(
    topics: Topics, tmp_path: Path
) -> None:
    chosen, taken = settings(tmp_path, brokers=topics.url), Taken()
    await topics.write(*(change(n) for n in range(5)))
    await topics.write(*(change(n, "r") for n in range(5, 8)), partition=1)
    await topics.write(
        {**change(0, "d"), "source": {"lsn": 2_000, "ts_ms": 1_767_225_700_000}}, None
    )
    state = await ran(connector(), chosen, taken)
    assert (state.code, state.counts["entries"], state.counts["tombstones"]) == ("", 10, 1)
    assert sorted(set(keys(taken))) == [str(n) for n in range(8)]
    (gone,) = (one for one in taken.of("records") if one.get("deleted"))
    assert (gone["key"], gone["revision"]) == ("0", 2_000)
    await topics.write(change(9), partition=1)
    again = Taken()
    await ran(connector(), chosen, again)
    assert keys(again) == ["9"]


async def test_what_was_taken_by_a_process_that_died_then_comes_once_more(
    topics: Topics, tmp_path: Path
) -> None:
    chosen = settings(tmp_path, brokers=topics.url)
    await topics.write(*(change(n) for n in range(3)))
    with pytest.raises(Died):
        await ran(connector(), chosen, Taken(dies_at=1))
    taken = Taken()
    assert (await ran(connector(), chosen, taken)).code == ""
    assert keys(taken) == ["0", "1", "2"]


async def test_what_a_topic_forgot_untaken_is_counted_and_one_made_anew_begins_anew(
    topics: Topics, tmp_path: Path
) -> None:
    chosen = settings(tmp_path, brokers=topics.url)
    await topics.write(change(0))
    await ran(connector(), chosen, Taken())
    await topics.write(*(change(n) for n in range(1, 5)))
    await topics.forget(0, 4)
    taken = Taken()
    state = await ran(connector(), chosen, taken)
    assert (keys(taken), state.counts[FORGOTTEN]) == (["4"], 3)
    await topics.remove()
    await topics.make()
    await topics.write(change(7))
    anew = Taken()
    await ran(connector(), chosen, anew)
    assert keys(anew) == ["7"]


async def test_one_that_is_made_anew_while_it_is_read_begins_anew(
    topics: Topics, tmp_path: Path
) -> None:
    chosen, taken = settings(tmp_path, brokers=topics.url), Taken()
    await topics.write(*(change(n) for n in range(5)))
    running = asyncio.create_task(
        Runner(chosen, MemoryLog, lambda _: taken).for_ever([connector()])
    )
    try:
        await _until(lambda: len(keys(taken)) == 5)
        await topics.remove()
        await topics.make()
        await topics.write(*(change(n) for n in range(7, 10)))
        await _until(lambda: set(keys(taken)[5:]) == {"7", "8", "9"})
    finally:
        running.cancel()
        await asyncio.wait({running})


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.05)


async def test_events_come_with_attributes_in_headers_and_in_values(
    topics: Topics, tmp_path: Path
) -> None:
    await topics.make("shop.orders")
    event = {"specversion": "1.0", "id": "a1", "source": "/shop/1", "subject": "7",
             "type": "com.example.order.completed", "time": "2026-01-01T00:00:00Z"}  # fmt: skip
    data = {"orderId": "o1", "amount": 12.5}
    headers = {f"ce_{name}": text for name, text in event.items()}
    await topics.write(
        data, headers={**headers, "content-type": "application/json"}, name="shop.orders"
    )
    structured = {**event, "id": "a2", "data": data}
    wrapped = {"content-type": "application/cloudevents+json"}
    other = {**event, "id": "a3", "type": "com.example.parcel.sent"}
    await topics.write(structured, other, "no event", headers=wrapped, name="shop.orders")
    taken = Taken()
    chosen = settings(tmp_path, brokers=topics.url)
    state = await ran(connector("cloudevents-orders"), chosen, taken)
    found = [(one["messageId"], one["name"], one["properties"]) for one in taken.of("events")]
    assert found == [
        ("/shop/1 a1", "order_completed", data),
        ("/shop/1 a2", "order_completed", data),
    ]
    assert state.counts["aside"] == 1
    aside = chosen.data / "connect/cloudevents-orders.topic.rejects.jsonl"
    assert json.loads(aside.read_text())["raw"] == "no event"


async def test_brokers_that_are_away_or_no_address_end_the_run_and_lose_nothing(
    topics: Topics, tmp_path: Path
) -> None:
    await topics.write(change(1))
    away = await ran(connector(), settings(tmp_path, brokers="kafka://127.0.0.1:9"), Taken())
    assert (away.code, away.is_stopped) == ("SOURCE_UNREACHABLE", False)
    wrong = await ran(connector(), settings(tmp_path, brokers="127.0.0.1:9"), Taken())
    assert (wrong.code, wrong.is_stopped) == ("LOG_URL_INVALID", True)
    taken = Taken()
    state = await ran(connector(), settings(tmp_path, brokers=topics.url), taken)
    assert (state.code, keys(taken)) == ("", ["1"])


async def test_a_check_looks_at_first_entries_and_takes_nothing(
    topics: Topics, tmp_path: Path
) -> None:
    chosen = settings(tmp_path, brokers=topics.url)
    phone = change(3)
    phone["after"]["phone"] = "+49 151 2345678"
    await topics.write(*(change(n) for n in range(3)), phone, None)
    async with reached(chosen) as web:
        sample = await sample_of(connector(), web, chosen, default_catalog())
    assert (sample.rows, len(sample.items), sample.refused) == (4, 4, [])
    assert {"id", "phone", "__op"} <= set(sample.columns)
    assert "    phone: phone" in sample.suggested
    taken = Taken()
    await ran(connector(), chosen, taken)
    assert keys(taken) == ["0", "1", "2", "3"]


async def test_a_field_that_was_renamed_stops_it_where_it_is(
    topics: Topics, tmp_path: Path
) -> None:
    chosen = settings(tmp_path, brokers=topics.url)
    await topics.write(*(change(n) for n in range(3)))
    await ran(connector(), chosen, Taken())
    renamed = [change(n) for n in range(3, 9)]
    for one in renamed:
        one["after"]["nr"] = cast("dict[str, object]", one["after"]).pop("id")
    await topics.write(*renamed)
    state = await ran(connector(), chosen, Taken())
    assert (state.code, state.is_stopped) == ("CONNECTOR_ROWS_REFUSED", True)
    assert sum(state.positions.values()) == 3
    names = [one async for one in _names(chosen)]
    assert names == ["debezium-customers.topic"]


async def _names(chosen: Any) -> AsyncGenerator[str]:
    runner = Runner(chosen, MemoryLog, lambda _: Taken())
    for name in await runner.once([connector()]):
        yield name
