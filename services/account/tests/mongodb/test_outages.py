"""With the server down, everything waits and says so; no message shows a password."""

import asyncio
import logging
import time
import traceback

import pytest
from c360_account.bootstrap import build
from c360_account.settings import AccountSettings
from c360_account.store.mongodb.store import open_store
from c360_account.testing.contract import feed
from c360_account.testing.entries import ACCOUNT_ID, CATALOG, account_entry
from c360_kernel.deadline import DeadlineExceeded, within
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.topics import DEAD_LETTERS
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.feeding import work, write_log

from services.account.tests.mongodb.told import service_on, world
from tests.ports import free_port

SECRET = "hunter2"
A = RecordKey("crm", "a")


def nobody_there(options: str = "") -> str:
    return f"mongodb://reader:{SECRET}@127.0.0.1:{free_port()}/c360?authSource=admin{options}"


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.present(["c1"]),
        lambda store: store.page("", 1),
        lambda store: store.links_between([A], [A]),
        lambda store: store.named([]),
        lambda store: store.positions(),
        lambda store: store.outgoing(1),
        lambda store: store.begin([]),
        lambda store: store.end([]),
        lambda store: feed(store, [account_entry("crm/a", 1)]),
        lambda store: store.digest(),
        lambda store: store.counts(),
    ],
)
async def test_a_server_that_is_not_there_is_a_transient_error_soon(ask, caplog):
    caplog.set_level(logging.INFO)
    store = open_store(nobody_there("&serverSelectionTimeoutMS=200"), ACCOUNT_ID)
    began = time.monotonic()
    with pytest.raises(Transient) as raised:
        await ask(store)
    assert raised.value.code == "STORE_UNAVAILABLE"
    assert time.monotonic() - began < 10
    shown = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert SECRET not in shown
    await store.close()


async def test_a_request_waits_no_longer_than_it_has_time():
    store = open_store(nobody_there("&serverSelectionTimeoutMS=20000"), ACCOUNT_ID)
    began = time.monotonic()
    for seconds in (0.2, 0):
        with within(seconds), pytest.raises(DeadlineExceeded):
            await store.page("", 1)
    assert time.monotonic() - began < 10
    await store.close()


def test_a_url_that_cannot_be_used_is_refused_without_being_shown(tmp_path):
    url = f"mongodb://reader:{SECRET}@127.0.0.1/a b"
    with pytest.raises(SettingsError, match="C360_ACCOUNT_STORE") as raised:
        build(AccountSettings(data=tmp_path, account_store=url), CATALOG, b"k" * 32, SEALER)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_settings_do_not_show_the_url(tmp_path):
    settings = AccountSettings(data=tmp_path, account_store=nobody_there())
    assert SECRET not in repr(settings)


@pytest.mark.servers
@pytest.mark.slow
async def test_a_server_killed_under_load_loses_nothing(nx_27017_server, tmp_path):
    folder, plain = tmp_path / "two", tmp_path / "one"
    folder.mkdir(), plain.mkdir()
    undisturbed, embedded = await write_log(plain, world(300)), service_on(plain)
    await work(embedded, undisturbed)
    log = await write_log(folder, world(300))
    service = service_on(folder, f"{nx_27017_server.url}/c360?serverSelectionTimeoutMS=300")

    store, stop = service.open_store(), asyncio.Event()
    feeding = asyncio.create_task(service.worker(log, store).run(stop))
    for handled in (1, 700):
        await until_handled(service, log, handled)
        await asyncio.to_thread(nx_27017_server.kill)
        await asyncio.sleep(0.7)
        await asyncio.to_thread(nx_27017_server.start)
    await until_handled(service, log, sum((await log.ends(service.topics)).values()))
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
