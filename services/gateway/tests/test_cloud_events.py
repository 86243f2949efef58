"""CloudEvents over HTTP: structured, in a batch, and with their attributes in headers."""

import base64
import json
from dataclasses import replace

import pytest
from c360_gateway.doors.tracking.mapping import Calls
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.record import RecordKey

from services.gateway.tests.tracking import Sender, write_key

CATALOG = default_catalog()
PATH = "/v1/cloudevents"
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCHED = {"content-type": "application/cloudevents-batch+json"}
EVENT = {
    "specversion": "1.0",
    "id": "a1",
    "source": "/shop/1",
    "type": "com.example.order.completed.v1",
    "subject": "u7",
    "time": "2026-01-31T08:00:00Z",
    "data": {"order_id": "o1", "total": 12.5},
}


@pytest.fixture
async def shop(make_world, tmp_path):
    key = write_key(tmp_path)
    return Sender(await make_world(), key)


def packed(event):
    data = base64.b64encode(json.dumps(event["data"]).encode()).decode()
    return {**{name: value for name, value in event.items() if name != "data"}, "data_base64": data}


def in_headers(event):
    return {f"ce-{name}": value for name, value in event.items() if name != "data"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (EVENT, STRUCTURED),
        ([EVENT], BATCHED),
        (packed(EVENT), STRUCTURED),
        (EVENT["data"], {"content-type": "application/json", **in_headers(EVENT)}),
    ],
    ids=["structured", "batch", "base64", "binary"],
)
async def test_an_event_is_what_its_subject_did(shop, body, headers):
    reply = await shop.send(PATH, body, headers)
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    (event,) = await shop.events()
    assert event.record == RecordKey("web", "u7")
    assert (event.name, event.message_id) == ("order_completed", "/shop/1 a1")
    assert dict(event.properties) == {"orderId": "o1", "amount": 12.5}
    assert event.occurred_at == 1_769_846_400_000


async def test_an_id_is_one_of_its_source_alone(shop):
    other = {**EVENT, "source": "/shop/2"}
    await shop.send(PATH, [EVENT, other, EVENT], BATCHED)
    await shop.send(PATH, EVENT, STRUCTURED)
    assert len(await shop.events()) == 2
    long = {**EVENT, "source": "/" + "s" * 300}
    await shop.send(PATH, long, STRUCTURED)
    *_, last = await shop.events()
    assert len(last.message_id) == 32


async def test_where_a_source_ends_is_a_part_of_the_id(shop):
    one, other = {**EVENT, "source": "/s 1", "id": "2"}, {**EVENT, "source": "/s", "id": "1 2"}
    await shop.send(PATH, [one, other], BATCHED)
    assert len(await shop.events()) == 2


async def test_an_event_may_have_no_data(shop):
    event = {**EVENT, "type": "identified"}
    reply = await shop.send(PATH, b"", in_headers(event))
    assert reply.status_code == 200, reply.text
    (event,) = await shop.events()
    assert event.message_id == "/shop/1 a1"


class Sought(dict):
    """Events of a catalog that know how often they were asked for."""

    times = 0

    def __contains__(self, name):
        self.times += 1
        return super().__contains__(name)


def test_of_a_type_no_more_words_are_looked_at_than_a_name_has():
    events = Sought(CATALOG.events)
    calls = Calls(replace(CATALOG, events=events), 0)
    events.times = 0
    type_ = "a." * 5_000 + "v1"
    assert calls.event_named(type_) == type_
    assert events.times < 50
    assert calls.event_named("a." * 5_000 + "order.completed.v1") == "order_completed"


async def test_a_batch_is_taken_but_for_what_is_no_event(shop):
    wrong = [
        {**EVENT, "specversion": "0.3"},
        {**EVENT, "id": None},
        {**EVENT, "data": []},
        5,
        {**EVENT, "id": "a2", "subject": None},
        {**EVENT, "id": "a3", "type": "com.example.unheard"},
        {**EVENT, "id": "a4", "data_base64": "é"},
    ]
    reply = await shop.send(PATH, [EVENT, *wrong], BATCHED)
    told = [(one["index"], one["code"], one["path"]) for one in reply.json()["refused"]]
    assert (reply.status_code, told) == (
        200,
        [
            (1, "FIELD_TYPE", "specversion"),
            (2, "FIELD_MISSING", "id"),
            (3, "FIELD_TYPE", "data"),
            (4, "FIELD_TYPE", ""),
            (5, "FIELD_MISSING", "userId"),
            (6, "UNKNOWN_EVENT", "name"),
            (7, "FIELD_TYPE", "data"),
        ],
    )
    assert (len(await shop.events()), len(await shop.quarantined())) == (1, 7)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", STRUCTURED, 400, "BODY_INVALID"),
        (EVENT, BATCHED, 400, "FIELD_TYPE"),
        ([EVENT], STRUCTURED, 400, "FIELD_TYPE"),
        (EVENT["data"], {}, 400, "FIELD_TYPE"),
        ([EVENT] * 4_000, BATCHED, 413, "BODY_TOO_LARGE"),
        ([1] * 2_501, BATCHED, 400, "TOO_MANY_ITEMS"),
    ],
)
async def test_what_is_no_request_is_refused_whole(shop, body, headers, status, code):
    reply = await shop.send(PATH, body, headers)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert await shop.events() == []


async def test_nobody_is_let_in_without_a_key(shop):
    reply = await shop.send(PATH, {**EVENT, "writeKey": shop.key}, STRUCTURED, key=False)
    assert reply.status_code == 401
