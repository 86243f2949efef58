"""The service as it is composed: a worker between a log and the queue."""

from dataclasses import replace

import pytest
from c360_activation.bootstrap import build
from c360_activation.domain.delivery import Outcome
from c360_activation.handlers import loading
from c360_activation.settings import ActivationSettings
from c360_activation.testing.entries import DESTINATIONS, MAILER, changed_profile, entered
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.projection.progress import Interrupted

SEALER = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))


def service(data, destinations=DESTINATIONS, **settings):
    catalog = replace(default_catalog(), destinations=destinations)
    return build(ActivationSettings(data=data, **settings), catalog, SEALER)


async def work(one, log):
    """Let a worker start and take everything; what is queued after it, oldest first."""
    store = one.open_store()
    await one.opened(log, store)
    worker = one.worker(log, store)
    while await worker.step(0.01):
        pass
    await worker.close()
    queued = [*reversed(await store.latest("mailer", None, 100))]
    await store.close()
    return [(each.message.kind, each.message.customer, each.status) for each in queued]


async def test_a_destination_hears_of_what_changes_after_it_is_there(tmp_path):
    log, one = MemoryLog(), service(tmp_path)
    await log.append([entered("c0"), changed_profile("c0")])
    assert await work(one, log) == []
    left = entered("c1", 1, member=False)
    await log.append([entered("c1"), left, changed_profile("c1")])
    assert sorted(await work(one, log)) == [
        ("profile.changed", "c1", "waiting"),
        ("segment.entered", "c1", "waiting"),
        ("segment.left", "c1", "waiting"),
    ]


async def test_an_entry_that_comes_twice_is_told_once(tmp_path):
    log, one = MemoryLog(), service(tmp_path)
    await work(one, log)
    again = entered("c1")
    await log.append([again, again])
    assert len(await work(one, log)) == 1


async def test_a_store_that_is_lost_sends_nothing_again(tmp_path):
    log = MemoryLog()
    await work(service(tmp_path / "a"), log)
    await log.append([entered("c1")])
    assert len(await work(service(tmp_path / "a"), log)) == 1
    assert await work(service(tmp_path / "b"), log) == []


async def test_the_end_of_a_customer_is_told_to_who_knew_it(tmp_path):
    log, one = MemoryLog(), service(tmp_path)
    await work(one, log)
    await log.append([changed_profile("c1"), changed_profile("c2", ended=True)])
    await log.append([changed_profile("c1", 1, ended=True)])
    assert await work(one, log) == [
        ("profile.changed", "c1", "waiting"),
        ("customer.ended", "c1", "waiting"),
    ]


async def test_a_store_of_another_log_is_to_be_moved_away(tmp_path):
    await work(service(tmp_path), MemoryLog())
    with pytest.raises(SettingsError, match="move it away") as refused:
        await work(service(tmp_path), MemoryLog())
    assert refused.value.code == "LOG_FOREIGN"


async def test_an_instance_without_destinations_reads_on_and_keeps_nothing(tmp_path):
    log, one = MemoryLog(), service(tmp_path, {})
    await log.append([entered("c1"), changed_profile("c1")])
    assert await work(one, log) == []
    store = one.open_store()
    assert await store.counts() == {"deliveries": 0}
    assert sum((await store.positions()).values()) == 2
    await store.close()


@pytest.mark.parametrize("url", ["mongodb://127.0.0.1", "sqlite:///"])
def test_another_store_is_refused(tmp_path, url):
    with pytest.raises(SettingsError) as refused:
        service(tmp_path, activation_store=url)
    assert refused.value.code == "STORE_UNKNOWN"


def test_networks_that_are_none_are_refused_at_the_start(tmp_path):
    with pytest.raises(SettingsError):
        service(tmp_path, activation_networks="10.0.0.1/8")


async def test_one_that_holds_rows_is_told_of_each_customer_by_its_newest_change(tmp_path):
    rows = replace(DESTINATIONS["mailer"], sync=True, profile=False)
    log, one = MemoryLog(), service(tmp_path, {"mailer": rows})
    await work(one, log)
    await log.append([changed_profile("c2"), entered("c1"), changed_profile("c1")])
    # Who is in no segment of it is of no interest, and who was just told of by its newest state.
    assert sorted(await work(one, log))[-1:] == [("row.followed", "c1", "waiting")]
    assert {customer for _, customer, _ in await work(one, log)} == {"c1"}


async def test_one_that_holds_rows_of_all_is_told_of_every_profile(tmp_path):
    rows = replace(DESTINATIONS["mailer"], sync=True, segments=())
    log, one = MemoryLog(), service(tmp_path, {"mailer": rows})
    await work(one, log)
    await log.append([changed_profile("c2"), entered("c1"), changed_profile("c1", ended=True)])
    assert await work(one, log) == [("row.changed", "c2", "waiting")]


ROWS = {"mailer": replace(MAILER, sync=True, profile=False)}
ALL = {"mailer": replace(MAILER, sync=True, segments=())}


async def test_who_was_in_a_segment_before_a_destination_of_rows_is_loaded_once(tmp_path):
    log = MemoryLog()
    await work(service(tmp_path, {}), log)
    await log.append([entered("c1"), entered("c2"), entered("c1", 1, member=False)])
    await log.append([entered("c1", 2), changed_profile("c3")])
    loaded = [("row.changed", "c1", "waiting"), ("row.changed", "c2", "waiting")]
    assert sorted(await work(service(tmp_path, ROWS), log)) == loaded
    assert sorted(await work(service(tmp_path, ROWS), log)) == loaded
    await log.append([entered("c4")])
    assert sorted(await work(service(tmp_path, ROWS), log)) == [
        *loaded, ("row.changed", "c4", "waiting")
    ]  # fmt: skip


async def test_a_destination_of_all_customers_is_loaded_with_those_that_there_are(tmp_path):
    log = MemoryLog()
    await log.append([changed_profile("c1"), changed_profile("c1", 1), changed_profile("c2")])
    await log.append([changed_profile("c3", ended=True)])
    found = await work(service(tmp_path, ALL), log)
    assert sorted(found) == [("row.changed", "c1", "waiting"), ("row.changed", "c2", "waiting")]


async def test_a_segment_that_a_destination_gets_later_is_loaded_too(tmp_path):
    log = MemoryLog()
    await log.append([entered("c1")])
    bare = {"mailer": replace(ROWS["mailer"], segments=("silver",))}
    assert await work(service(tmp_path, bare), log) == []
    both = {"mailer": replace(ROWS["mailer"], segments=("silver", "gold"))}
    assert await work(service(tmp_path, both), log) == [("row.changed", "c1", "waiting")]


async def test_a_segment_that_comes_back_is_loaded_with_those_who_were_told_before(tmp_path):
    log = MemoryLog()
    await log.append([entered("c1")])
    await work(service(tmp_path, ROWS), log)
    one = service(tmp_path, {"mailer": replace(ROWS["mailer"], segments=("silver",))})
    store = one.open_store()
    await one.opened(log, store)
    for due in await store.due("mailer", 2**60, 9):
        await store.settle(due.number, Outcome("sent", 1), 1)
    await store.close()
    assert await work(service(tmp_path, ROWS), log) == [("row.changed", "c1", "waiting")]


async def test_an_entry_that_nobody_can_read_keeps_no_first_load_from_its_end(tmp_path):
    log = MemoryLog()
    await log.append([replace(entered("c0"), data=b"\xff\xff"), entered("c1")])
    assert await work(service(tmp_path, ROWS), log) == [("row.changed", "c1", "waiting")]


class Ended(Exception):
    pass


async def test_a_first_load_ends_with_its_process_and_goes_on_with_the_next(tmp_path, monkeypatch):
    log, one = MemoryLog(), service(tmp_path, ROWS)
    monkeypatch.setattr(loading, "_AT_ONCE", 1)
    await log.append([entered(f"c{n}") for n in range(9)])
    read, asked = log.read, []

    async def ended_meanwhile(*where):
        asked.append(where)
        if len(asked) == 4:
            one.progress.interrupt()
        return await read(*where)

    monkeypatch.setattr(log, "read", ended_meanwhile)
    with pytest.raises(Interrupted):
        await work(one, log)
    assert len(asked) == 4
    found = await work(service(tmp_path, ROWS), log)
    assert sorted(customer for _, customer, _ in found) == [f"c{n}" for n in range(9)]


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_a_first_load_that_is_ended_goes_on_and_tells_everybody_once(
    tmp_path, monkeypatch, after
):
    log, left = MemoryLog(), after
    monkeypatch.setattr(loading, "_AT_ONCE", 2)
    await log.append([entered(f"c{n}") for n in range(9)])
    read = log.read

    async def dies(*asked):
        nonlocal left
        left -= 1
        if left < 0:
            raise Ended
        return await read(*asked)

    monkeypatch.setattr(log, "read", dies)
    with pytest.raises(Ended):
        await work(service(tmp_path, ROWS), log)
    asked = []

    async def seen(*where):
        asked.append(where)
        return await read(*where)

    monkeypatch.setattr(log, "read", seen)
    found = await work(service(tmp_path, ROWS), log)
    assert sorted(customer for _, customer, _ in found) == [f"c{n}" for n in range(9)]
    ends = (await log.ends((MEMBERSHIPS,))).values()
    assert len([one for one in asked if one[2] == 2]) == sum(-(-end // 2) for end in ends) - after
