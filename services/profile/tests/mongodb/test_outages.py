"""With the server down, everything waits and says so; with it back, nothing was lost."""

import asyncio
import logging
import time
import traceback

import pytest
from c360_kernel.deadline import DeadlineExceeded, within
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.topics import DEAD_LETTERS
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.feeding import work, write_log
from c360_profile.bootstrap import build
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery
from c360_profile.settings import ProfileSettings
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.catalog import CATALOG
from c360_profile.testing.contract import save_customers

from services.profile.tests.mongodb.told import service_on, world
from tests.ports import free_port

SECRET = "hunter2"
ANN = RecordKey("crm", "ann")


def nobody_there(options: str = "") -> str:
    return f"mongodb://reader:{SECRET}@127.0.0.1:{free_port()}/c360?authSource=admin{options}"


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.records([ANN]),
        lambda store: store.customers(["c1"]),
        lambda store: store.page(CustomerQuery(), 1),
        lambda store: store.positions(),
        lambda store: store.outgoing(1),
        lambda store: store.begin([]),
        lambda store: store.end([]),
        lambda store: save_customers(store, Customer("c1", 1)),
        lambda store: store.digest(),
    ],
)
async def test_a_server_that_is_not_there_is_a_transient_error_soon(ask, caplog):
    caplog.set_level(logging.INFO)
    store, began = open_store(nobody_there("&serverSelectionTimeoutMS=200")), time.monotonic()
    with pytest.raises(Transient) as raised:
        await ask(store)
    assert raised.value.code == "STORE_UNAVAILABLE"
    assert time.monotonic() - began < 10
    shown = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert SECRET not in shown
    await store.close()


async def test_a_request_waits_no_longer_than_it_has_time():
    store = open_store(nobody_there("&serverSelectionTimeoutMS=20000"))
    began = time.monotonic()
    for seconds in (0.2, 0):
        with within(seconds), pytest.raises(DeadlineExceeded):
            await store.page(CustomerQuery(), 1)
    assert time.monotonic() - began < 10
    await store.close()


async def test_a_request_with_more_time_hears_of_a_missing_server_as_soon_as_anyone():
    store, began = open_store(nobody_there("&serverSelectionTimeoutMS=200")), time.monotonic()
    with within(30), pytest.raises(Transient) as raised:
        await store.page(CustomerQuery(), 1)
    assert raised.value.code == "STORE_UNAVAILABLE"
    assert time.monotonic() - began < 15
    await store.close()


@pytest.mark.servers
async def test_a_request_hears_of_a_server_that_left_without_waiting_out_its_time(nx_27017_server):
    store = open_store(f"{nx_27017_server.url}/c360?serverSelectionTimeoutMS=200")
    await store.page(CustomerQuery(), 1)
    nx_27017_server.kill()
    try:
        # Who asks before the driver has heard of it may wait out its time, which tells the driver.
        with within(1), pytest.raises((Transient, DeadlineExceeded)):
            await store.page(CustomerQuery(), 1)
        with within(30), pytest.raises(Transient) as raised:
            await store.page(CustomerQuery(), 1)
    finally:
        nx_27017_server.start()
    assert raised.value.code == "STORE_UNAVAILABLE"
    await store.close()


async def test_unless_the_url_says_otherwise_it_is_waited_for_two_seconds():
    store, began = open_store(nobody_there()), time.monotonic()
    with pytest.raises(Transient):
        await store.positions()
    assert 1 < time.monotonic() - began < 15
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        f"mongodb://reader:{SECRET}@127.0.0.1",
        f"mongodb://reader:{SECRET}@127.0.0.1/",
        f"mongodb://reader:{SECRET}@127.0.0.1/a b",
        f"mongodb://reader:{SECRET}/@127.0.0.1/c360",
        f"mongodb://reader:{SECRET}@127.0.0.1:99999/c360",
        "mongodb://",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_being_shown(tmp_path, url):
    with pytest.raises(SettingsError) as raised:
        build(ProfileSettings(data=tmp_path, profile_store=url), CATALOG, SEALER)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_settings_do_not_show_the_url(tmp_path):
    settings = ProfileSettings(data=tmp_path, profile_store=nobody_there())
    assert SECRET not in repr(settings)


@pytest.mark.servers
async def test_a_hung_server_is_a_transient_error(nx_27017_server):
    store = open_store(f"{nx_27017_server.url}/c360?socketTimeoutMS=500")
    await store.positions()
    nx_27017_server.pause()
    try:
        with pytest.raises(Transient):
            await store.customers(["c1"])
    finally:
        nx_27017_server.resume()
    assert await store.customers(["c1"]) == {}
    await store.close()


@pytest.mark.servers
async def test_a_server_killed_under_load_loses_nothing(nx_27017_server, tmp_path):
    folder, plain = tmp_path / "two", tmp_path / "one"
    folder.mkdir(), plain.mkdir()
    undisturbed, embedded = await write_log(plain, world(600)), service_on(plain)
    await work(embedded, undisturbed)
    log = await write_log(folder, world(600))
    service = service_on(folder, f"{nx_27017_server.url}/c360?serverSelectionTimeoutMS=300")

    store, stop = service.open_store(), asyncio.Event()
    feeding = asyncio.create_task(service.worker(log, store).run(stop))
    for handled in (1, 1500):
        await until_handled(service, log, handled)
        await asyncio.to_thread(nx_27017_server.kill)
        await asyncio.sleep(0.7)
        await asyncio.to_thread(nx_27017_server.start)
    await until_handled(service, log, 6 * 600)
    stop.set()
    await feeding

    expected = embedded.open_store()
    assert await store.digest() == await expected.digest()
    assert await store.counts() == await expected.counts()
    assert await store.attempts() == []
    assert not any((await log.ends([DEAD_LETTERS])).values())
    for opened in (expected, store, log, undisturbed):
        await opened.close()


async def until_handled(service, log, count):
    async with asyncio.timeout(60):
        while sum((await log.committed(service.name)).values()) < count:
            await asyncio.sleep(0.02)
