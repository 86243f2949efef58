"""Events in columns on ClickHouse: what is found is what the embedded columns find."""

import itertools
import secrets
import tempfile
import tracemalloc
from array import array
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import Mock

import orjson
import pytest
from c360_kernel.calendar_spans import Span
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.errors import Misaddressed, SettingsError, Transient, Unusable
from c360_kernel.log.identity import Origin
from c360_kernel.projection.damage import was_damaged
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from c360_segment.domain.performed import ALWAYS, Performed
from c360_segment.domain.state import EventName, RecordState, SeenEvent
from c360_segment.graph.matching import matching
from c360_segment.store.clickhouse import ClickhouseColumns, ClickhouseServer, server_of
from c360_segment.store.clickhouse.columns import as_often
from c360_segment.store.clickhouse.conditions import sql_of, text
from c360_segment.store.port import Changes
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore, SegmentStoreContract
from c360_segment.testing.clickhouse import running_clickhouse
from c360_segment.testing.entries import stamp_of
from c360_segment.testing.scoped_contract import ScopedReadingContract
from hypothesis import given, settings
from hypothesis import strategies as st

from services.segment.tests.test_everybody import (
    CONDITIONS,
    ON_DISK,
    TESTS,
    VALUES,
    asking,
    kept,
    lived,
    one_by_one,
    small_chunks,
)
from services.segment.tests.test_over_time import SEGMENTS, TICKS, histories

__all__ = ["small_chunks"]
OURS, OTHER = "a" * 32, "b" * 32
NOBODY = ClickhouseServer("127.0.0.1", 1, False, "", "", "c360")
NASTY = st.text(st.sampled_from("a'\\\"n0%_王\n\t😀"), max_size=4)


def columns_on(server, log=OURS, replica=""):
    columns = ClickhouseColumns(server, replica)
    columns.claim(log)
    return columns


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running_clickhouse(tmp_path_factory.mktemp("clickhouse")) as engine:
        yield engine


@pytest.fixture(scope="module")
def names():
    return (f"d{number}" for number in itertools.count())


@pytest.fixture
def server(engine, names):
    with engine.served(next(names)) as server:
        yield server


@pytest.mark.servers
@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.sampled_from((*VALUES, None)) | NASTY, min_size=1, max_size=8),
    test=TESTS | st.builds(ValueTest, st.just("x"), st.sampled_from(["equals", "contains"]), NASTY),
)
def test_a_test_finds_the_values_that_pass(engine, values, test):
    held = [{} if value is None else {"x": value} for value in values]
    texts = ",".join(text(orjson.dumps(one).decode()) for one in held)
    rows = f"SELECT number AS n, [{texts}][number + 1] AS properties FROM numbers({len(held)})"
    asked = f"SELECT n FROM ({rows}) WHERE {sql_of(test)} ORDER BY n FORMAT TabSeparated"
    found = [int(line) for line in engine.ask("tests", asked).split()]
    assert found == [n for n, one in enumerate(held) if test.holds(one)]


@pytest.mark.servers
@ON_DISK
@given(entries=histories(), ticks=TICKS, conditions=st.lists(CONDITIONS, max_size=4))
async def test_it_finds_what_the_model_does(
    small_chunks, engine, names, entries, ticks, conditions
):
    model = MemorySegmentStore()
    await lived(model, entries, ticks)
    with tempfile.TemporaryDirectory() as folder, engine.served(next(names)) as server:
        store = SqliteSegmentStore(Path(folder) / "segment.db", columns_on(server))
        await lived(store, entries, ticks)
        for condition in conditions:
            found = await matching(store, asking(condition), SEGMENTS.watched)
            expected = await one_by_one(model, condition)
            assert set(await store.customers_of(found)) == set(await model.customers_of(expected))
        await store.close()


@pytest.mark.servers
class TestStoreOnClickhouse(SegmentStoreContract, ScopedReadingContract):
    @pytest.fixture
    def open_store(self, small_chunks, engine, server, names, tmp_path):
        def open_one():
            """Some are fed by no log, others by one that claims it first."""
            name = next(names)
            columns = columns_on(server._replace(database=name))
            engine.ask(name, "DROP TABLE owner")
            return SqliteSegmentStore(tmp_path / f"{name}.db", columns)

        return open_one


async def owned(store, records):
    async with store.unit() as unit:
        owner = {RecordKey("crm", r): RecordState(r, Version(0, 0), {}) for r in records}
        await unit.save(Changes(records=owner))


async def found(store, least, span=ALWAYS):
    numbers = await store.performing(Performed("bought", (), span), least)
    return sorted(await store.customers_of(numbers))


def chunks_on(store):
    (count,) = store.connection.execute("SELECT count(*) FROM event_chunk WHERE mark<>0").fetchone()
    return count


@pytest.mark.servers
async def test_chunks_are_read_wherever_they_are(small_chunks, server, tmp_path):
    path = tmp_path / "segment.db"
    for columns in ([], [columns_on(server)], []):
        store = SqliteSegmentStore(path, *columns)
        await owned(store, "ab")
        start = store.connection.execute("SELECT count(*) FROM event").fetchone()[0]
        async with store.unit() as unit:
            for n in range(start, start + 12):
                seen = SeenEvent(stamp_of(n), RecordKey("crm", "ab"[n % 3 == 0]), "bought", n, {})
                await unit.save(Changes(events={EventName("crm", str(n)): seen}))
        assert await found(store, (start + 12) // 3) == ["a", "b"]
        assert await found(store, 1 + (start + 12) // 3) == ["a"]
        assert await found(store, 1, Span(start, start + 1)) == ["b"]
        assert bool(chunks_on(store)) == bool(columns)
        await store.close()


@pytest.mark.servers
async def test_an_event_that_is_replaced_is_no_longer_found(small_chunks, server, tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db", columns_on(server))
    await owned(store, "ab")
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    assert (await found(store, 7), chunks_on(store)) == (["a"], 1)
    moved = SeenEvent(stamp_of(1), RecordKey("crm", "b"), "bought", 1, {})
    async with store.unit() as unit:
        await unit.save(Changes(events={EventName("crm", "0"): moved}))
    assert (await found(store, 1), chunks_on(store)) == (["a", "b"], 0)
    assert await found(store, 7) == []
    seen = SeenEvent(stamp_of(9), RecordKey("crm", "b"), "bought", 9, {})
    async with store.unit() as unit:
        await unit.save(Changes(events={EventName("crm", "another"): seen}))
    assert (await found(store, 2), chunks_on(store)) == (["a", "b"], 1)
    assert await found(store, 7) == []
    await store.close()


async def replaced(store, number):
    """An event of the chunk is another's, and the chunk is put anew in the same transaction."""
    moved = SeenEvent(stamp_of(1), RecordKey("crm", "b"), "bought", 1, {})
    seen = SeenEvent(stamp_of(9), RecordKey("crm", "b"), "looked", 9, {})
    async with store.unit() as unit:
        await unit.save(Changes(events={EventName("crm", str(number)): moved}))
        await unit.save(Changes(events={EventName("crm", f"also {number}"): seen}))
        if number == 0:
            raise RuntimeError


def a_day_later(engine, server):
    aged = "ALTER TABLE event UPDATE put = put - INTERVAL 1 DAY WHERE 1"
    engine.ask(server.database, f"{aged} SETTINGS mutations_sync = 1")


@pytest.mark.servers
async def test_a_chunk_stays_until_others_took_its_place(small_chunks, engine, server, tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db", columns_on(server))
    await owned(store, "ab")
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    a_day_later(engine, server)
    with pytest.raises(RuntimeError):
        await replaced(store, 0)
    assert (await found(store, 7), chunks_on(store)) == (["a"], 1)
    for number in (1, 2, 3):
        a_day_later(engine, server)
        await replaced(store, number)
        assert (await found(store, 7 - number), await found(store, 8 - number)) == (["a"], [])
    for table in ("event", "whole"):
        marks = f"SELECT uniqExact(mark) FROM {table} FORMAT TabSeparated"
        assert int(engine.ask(server.database, marks)) == 2
    await store.close()


@pytest.mark.servers
async def test_a_server_that_is_away_keeps_no_event_waiting(small_chunks, server, tmp_path):
    path = tmp_path / "segment.db"
    store = SqliteSegmentStore(path, columns_on(NOBODY))
    await owned(store, "a")
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    assert (await found(store, 7), chunks_on(store)) == (["a"], 0)
    await store.close()
    store = SqliteSegmentStore(path, columns_on(server))
    await kept(store, [("a", "bought", 9, 1.0)] * 8)
    assert chunks_on(store)
    await store.close()
    store = SqliteSegmentStore(path, columns_on(NOBODY))
    with pytest.raises(Transient) as met:
        await found(store, 1)
    await store.close()
    assert met.value.code == "STORE_UNAVAILABLE"


async def fed(folder, columns, log):
    """A store of that folder, made anew, of which a chunk was put; it is closed again."""
    store = SqliteSegmentStore(folder / f"{secrets.token_hex(4)}.db", columns)
    try:
        await store.claimed(Origin(log))
        await owned(store, "a")
        await kept(store, [("a", "bought", 9, 1.0)] * 7)
        return chunks_on(store), await found(store, 7)
    finally:
        await store.close()


def rows_in(engine, server):
    rows = "SELECT chunk, mark, put FROM event ORDER BY ALL FORMAT TabSeparated"
    return engine.ask(server.database, rows)


@pytest.mark.servers
@pytest.mark.parametrize(("log", "replica"), [(OTHER, "c360-segment-0"), (OURS, "c360-segment-1")])
async def test_a_database_of_another_s_is_refused(
    small_chunks, engine, server, tmp_path, log, replica
):
    """Also an hour after, when its chunks would be removed as if others took their place."""
    first = "c360-segment-0"
    assert await fed(tmp_path, ClickhouseColumns(server, first), OURS) == (1, ["a"])
    a_day_later(engine, server)
    before = rows_in(engine, server)
    with pytest.raises(SettingsError, match="DROP TABLE owner") as met:
        await fed(tmp_path, ClickhouseColumns(server, replica), log)
    assert met.value.code == "STORE_FOREIGN"
    assert rows_in(engine, server) == before
    # Without a volume its file is made anew, and it is the same.
    assert await fed(tmp_path, ClickhouseColumns(server, first), OURS) == (1, ["a"])
    engine.ask(server.database, "DROP TABLE owner")
    assert await fed(tmp_path, ClickhouseColumns(server, replica), log) == (1, ["a"])


@pytest.mark.servers
async def test_nothing_is_put_beside_another_who_came_while_it_was_away(
    small_chunks, engine, server, tmp_path, monkeypatch
):
    late = ClickhouseColumns(server, "late")
    with monkeypatch.context() as away:
        away.setattr(HTTPConnection, "request", Mock(side_effect=ConnectionRefusedError))
        assert await fed(tmp_path, late, OURS) == (0, ["a"])
    assert await fed(tmp_path, columns_on(server, OTHER), OTHER) == (1, ["a"])
    a_day_later(engine, server)
    before = rows_in(engine, server)
    store = SqliteSegmentStore(tmp_path / "late.db", late)
    await owned(store, "a")
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    assert (chunks_on(store), await found(store, 7)) == (0, ["a"])
    await store.close()
    assert rows_in(engine, server) == before


@pytest.mark.servers
async def test_chunks_of_before_there_were_owners_are_taken_by_who_comes_first(
    small_chunks, engine, server, tmp_path
):
    await fed(tmp_path, columns_on(server, OTHER), OTHER)
    engine.ask(server.database, "DROP TABLE owner")
    assert await fed(tmp_path, ClickhouseColumns(server), OURS) == (1, ["a"])
    with pytest.raises(SettingsError):
        columns_on(server, OTHER)


@pytest.mark.servers
def test_of_several_that_come_at_once_one_is_the_owner(server, names):
    def comes(database, replica):
        try:
            columns_on(server._replace(database=database), OURS, replica)
        except SettingsError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(4) as together:
        for database in itertools.islice(names, 5):
            codes = list(together.map(partial(comes, database), "'abc"))
            assert sorted(codes) == ["", *["STORE_FOREIGN"] * 3]


def test_a_right_that_the_user_lacks_is_told_as_a_login_that_is_refused(monkeypatch):
    """As the server says it: status 500, and what is meant in a header."""
    refusal = Mock(status=500, getheader={"X-ClickHouse-Exception-Code": "497"}.get)
    monkeypatch.setattr(HTTPConnection, "request", Mock())
    monkeypatch.setattr(HTTPConnection, "getresponse", lambda _: refusal)
    with pytest.raises(Misaddressed) as met:
        columns_on(NOBODY)
    assert met.value.code == "STORE_LOGIN"


@pytest.mark.servers
@pytest.mark.parametrize(
    "loss", ["TRUNCATE TABLE whole", "DROP TABLE whole", "DROP TABLE event; DROP TABLE whole"]
)
async def test_a_server_that_lost_chunks_is_damage(small_chunks, engine, server, tmp_path, loss):
    store = SqliteSegmentStore(tmp_path / "segment.db", columns_on(server))
    await owned(store, "a")
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    for statement in loss.split(";"):
        engine.ask(server.database, statement)
    with pytest.raises(Unusable) as met:
        await found(store, 1)
    await store.close()
    assert met.value.code == "STORE_DAMAGED"
    assert was_damaged(store.path)


def test_how_often_records_come_is_told_in_little_memory():
    """Of a history beyond one machine: ten million records, and more."""
    count = 100_000
    records, times = array("I", range(count)), array("I", [1 + n % 2 * 2 for n in range(count)])
    tracemalloc.start()
    found = [len(some) for some in as_often(records, times)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [count, count // 2, count // 2]
    assert peak < 40 * count


def test_no_answer_begins_before_it_is_whole(monkeypatch):
    """Else what fails halfway is rows, and words after them, of a question that succeeded."""
    asked = []
    monkeypatch.setattr(HTTPConnection, "request", lambda _, *given: asked.append(given[1]))
    monkeypatch.setattr(HTTPConnection, "getresponse", lambda _: Mock(status=200))
    NOBODY.ask("SELECT 1")
    (path,) = asked
    assert "wait_end_of_query=1" in path.split("?")[1].split("&")


def test_a_password_may_have_any_characters_but_those_that_end_a_line():
    named = server_of("clickhouse://王:p%C3%A4%E7%8E%8B@127.0.0.1:1/c360", "S")
    assert (named.user, named.password) == ("王", "pä王")
    with pytest.raises(Transient):
        named.ask("SELECT 1")
    for url in ("clickhouse://a:b%0Ac@history/c360", "clickhouse://a%00:b@history/c360"):
        with pytest.raises(SettingsError):
            server_of(url, "S")


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://:secret@history/c360",
        "clickhouse://a:b@history:0/c360",
        "clickhouse://a:b@one,two/c360",
        "clickhouse://a:b@history /c360",
        "clickhouse://a:b@history/crm.prod",
        "clickhouse://a:b@history/two words",
        "clickhouse://a:b@history/c360;x=1",
        "clickhouse://a:b@history/`c360`",
        "clickhouse://a:b@history/c%33",
        "clickhouse://a:b@history/1st",
        "clickhouse://a:b@history/system",
        "clickhouse://a:b@history/INFORMATION_SCHEMA",
        "clickhouse://a:b@history/c360?",
        "clickhouse://a:b@history/c360#",
        "clickhouse://a:b@his\ntory/c360",
    ],
)
def test_what_is_not_understood_of_a_url_is_refused_and_not_dropped(url):
    with pytest.raises(SettingsError) as refused:
        server_of(url, "S")
    assert refused.value.code == "STORE_UNKNOWN"
    assert "secret" not in refused.value.message


def test_a_url_names_a_server():
    assert server_of("clickhouse://[::1]/c360-a", "S").host == "::1"
    whole = server_of("clickhouses://ann:p%40ss@history:9/c360_a", "S")
    assert whole == ClickhouseServer("history", 9, True, "ann", "p@ss", "c360_a")
    assert server_of("clickhouse://history/c360", "S").port == 8123
    for url in ("clickhouse://history", "http://history/c360", "clickhouse://h:x/c", "clickhouse:"):
        with pytest.raises(SettingsError) as met:
            server_of(url, "S")
        assert (met.value.code, met.value.message) == (
            "STORE_UNKNOWN",
            "S must be clickhouse://HOST/DATABASE",
        )
