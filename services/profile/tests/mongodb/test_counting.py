"""What is counted of data is whole wherever its unit stops, and is told once."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict
from c360_kernel.log.topics import QUALITY
from c360_kernel.payload import QualityChanged
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from c360_profile.domain.golden import GoldenRules
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.mongodb import quality, steps
from c360_profile.store.mongodb import unit as units
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.consumptions import HANDLER, consume
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.quality import kept_cells

pytestmark = pytest.mark.servers

_BOUNDED = parse_catalog(
    """
sources: {crm: {priority: 0}}
traits:
  gender: {type: string, tag: demographic, choices: [f, m], quality: {validity: 0.9}}
""",
    "test",
)
BOUNDED = ProfileHandler(GoldenRules(_BOUNDED, Normalizers(_BOUNDED).normalize))
ANN, BOB = RecordKey("crm", "a"), RecordKey("crm", "b")


@pytest.fixture
async def other(database_url):
    """The store as another process has it."""
    store = open_store(database_url)
    yield store
    await store.close()


def says(key, *, at, home="c1", **traits):
    return [upserted(key, traits, at=at, revision=at), assigned(key, home, at=at, counter=at)]


async def in_memory(*batches):
    return await kept_cells(await consume(MemoryProfileStore(), batches))


def many(count, city="A", at=1, homes=20):
    keys = [RecordKey("crm", f"{n}") for n in range(count)]
    told = (
        says(key, at=at, home=f"c{n % homes}", city=f"{city}{n}", name=f"{n}")
        for n, key in enumerate(keys)
    )
    return [entry for some in told for entry in some]


@pytest.mark.parametrize("bound", [2_000, 30_000])
async def test_what_is_too_much_for_a_document_is_counted_in_parts(mongo_store, monkeypatch, bound):
    monkeypatch.setattr(quality, "_MOST_BYTES", bound)
    await consume(mongo_store, [many(40), many(40, "B", 2)])
    assert await kept_cells(mongo_store) == await in_memory(many(40), many(40, "B", 2))


async def test_cells_that_are_many_stand_in_documents_of_their_own(mongo_store, other, monkeypatch):
    monkeypatch.setattr(steps, "_LEAST_BYTES", 0)
    monkeypatch.setattr(steps, "_OFTEN", 1)
    batches = [says(RecordKey("crm", f"{n}"), at=1, city=f"{n}", name="x") for n in range(12)]
    await consume(mongo_store, batches)
    assert await kept_cells(mongo_store) == await in_memory(*batches)
    # Whoever begins knows nothing of them and reads both.
    more = says(RecordKey("crm", "0"), at=2, city="other", gender="f")
    await consume(other, [more])
    assert await kept_cells(mongo_store) == await in_memory(*batches, more)
    generation = await mongo_store._connected.get()
    assert await generation.cells.count_documents({}) > 1


async def test_who_is_overtaken_after_its_step_counts_again(mongo_store, other, monkeypatch):
    await consume(mongo_store, [says(ANN, at=1, city="A")])
    save = units.save_records

    async def overtaken(*arguments):
        monkeypatch.setattr(units, "save_records", save)
        await consume(other, [says(ANN, at=2, city="B"), says(BOB, at=3, city="B")])
        await save(*arguments)

    monkeypatch.setattr(units, "save_records", overtaken)
    with pytest.raises(Conflict):
        await consume(mongo_store, [says(ANN, at=4, city="C", name="Ann")])
    await consume(mongo_store, [says(ANN, at=4, city="C", name="Ann")])
    told = says(ANN, at=1, city="A"), says(ANN, at=2, city="B"), says(BOB, at=3, city="B")
    expected = await in_memory(*told, says(ANN, at=4, city="C", name="Ann"))
    assert await kept_cells(mongo_store) == await kept_cells(other) == expected


async def test_who_counts_what_another_has_counted_since_has_to_repeat(mongo_store, other):
    await consume(mongo_store, [says(ANN, at=1, city="A")])
    with pytest.raises(Conflict):
        async with mongo_store.unit() as unit:
            # Nothing of it changes, so that it is not saved.
            await HANDLER.handle(unit, says(ANN, at=1, city="A"))
            await consume(other, [says(ANN, at=2, city="B", gender="f")])
    expected = await in_memory(says(ANN, at=1, city="A"), says(ANN, at=2, city="B", gender="f"))
    assert await kept_cells(mongo_store) == expected
    # It said no step that somebody would have to finish.
    generation = await mongo_store._connected.get()
    assert (await steps.last_step(generation.cells)).number == 2


async def test_stores_that_take_turns_count_what_one_does(mongo_store, other):
    batches = [many(12, city, at) for at, city in enumerate("ABCD", 1)]
    for number, batch in enumerate(batches):
        await consume((mongo_store, other)[number % 2], [batch])
    expected = await in_memory(*batches)
    assert await kept_cells(mongo_store) == await kept_cells(other) == expected
    # Each knew that the other had saved what it counted.
    generation = await mongo_store._connected.get()
    assert await generation.counted.count_documents({}) == 0


async def test_who_knew_of_a_step_before_it_was_put_aside_looks_there(
    mongo_store, other, monkeypatch, database_url
):
    moved = says(ANN, at=2, city="B")
    await consume(mongo_store, [says(ANN, at=1, city="A")])
    with monkeypatch.context() as patched:
        patched.setattr(units, "save_records", killed)
        with pytest.raises(Killed):
            await consume(mongo_store, [moved])
    async with mongo_store.unit() as unit:
        await HANDLER.handle(unit, says(BOB, at=3, home="c2", city="B"))
        # Who handles again what was counted finishes the step, and takes none.
        await consume(other, [moved])
    last = says(ANN, at=4, city="C")
    await consume(other, [last])
    expected = await in_memory(
        says(ANN, at=1, city="A"), moved, says(BOB, at=3, home="c2", city="B"), last
    )
    assert await kept_cells(other) == expected


async def told_by(store):
    outgoing = [out for out in await store.outgoing(1_000) if out.entry.topic == QUALITY]
    await store.relayed([out.sequence for out in outgoing])
    return [decode(QUALITY, out.entry.data) for out in outgoing]


class Killed(BaseException):
    """The end of a process, as far as a store sees it."""


async def killed(*_):
    raise Killed


async def crossing(store, at=1, gender="x", key=ANN):
    async with store.unit() as unit:
        await BOUNDED.handle(unit, says(key, at=at, home=f"c{key.key}", gender=gender))


async def test_a_step_that_is_written_again_tells_nothing_again(mongo_store, other, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(units, "save_customers", killed)
        with pytest.raises(Killed):
            await crossing(mongo_store)
    # Its document says it: it is told, whoever relays it first.
    assert [one.beyond for one in await told_by(other)] == [True]
    await crossing(other)
    assert await told_by(other) == await told_by(mongo_store) == []
    await crossing(mongo_store, at=2, gender="f")
    assert [one.beyond for one in await told_by(other)] == [False]


async def test_of_two_that_take_one_step_only_one_tells_it(mongo_store, other, monkeypatch):
    begin = steps.begin

    async def overtaken(*arguments):
        monkeypatch.setattr(steps, "begin", begin)
        await crossing(other)
        return await begin(*arguments)

    monkeypatch.setattr(steps, "begin", overtaken)
    await crossing(mongo_store, key=BOB)
    told = await told_by(mongo_store)
    assert [one.beyond for one in told] == [True]
    assert await told_by(other) == []


async def test_what_was_put_for_a_step_that_another_took_is_dropped(
    mongo_store, other, monkeypatch, database_url
):
    with monkeypatch.context() as patched:
        patched.setattr(steps, "begin", killed)
        with pytest.raises(Killed):
            await crossing(mongo_store, key=BOB)
    assert await told_by(other) == []
    await crossing(other)
    assert [one.beyond for one in await told_by(other)] == [True]
    await crossing(mongo_store, at=2, key=BOB)
    assert await told_by(mongo_store) == []
    generation = await mongo_store._connected.get()
    assert await generation.outbox.count_documents({"told": {"$regex": QUALITY}}) == 0


async def test_cells_that_are_read_while_others_count_are_of_one_step(mongo_store):
    generation = await mongo_store._connected.get()
    cells = generation.cells
    one = steps.Step(1, cells={"a": "1", "b": "1"})
    two = steps.Step(2, cells={"a": "2", "b": "2"})
    assert await steps.begin(cells, one._replace(cells={"a": "1"}))
    await steps.put_cells(cells, one._replace(cells={"b": "1"}))

    class Meanwhile:
        """Whoever reads has read the step, and another is put into documents of their own."""

        find_one = staticmethod(cells.find_one)
        is_first = True

        def find(self, *asked):
            class Found:
                @staticmethod
                def batch_size(number):
                    return Found

                @staticmethod
                async def to_list():
                    if self.is_first:
                        self.is_first = False
                        await steps.put_cells(cells, two)
                        assert await steps.begin(cells, steps.Step(2, cells=two.cells))
                    return await cells.find(*asked).to_list()

            return Found

    assert await steps.cells_of(Meanwhile(), ["a", "b"]) == {"a": "2", "b": "2"}


async def test_what_the_topic_says_otherwise_is_told_anew(mongo_store, other):
    said = QualityChanged("crm", "gender", "validity", Version(0, 7), True, 0.0, 0.9, 1)
    await crossing(mongo_store, gender="f")
    await BOUNDED.counts.restate(mongo_store, {said.key: said})
    (told,) = await told_by(other)
    assert (told.beyond, told.value, told.bound) == (False, 1.0, 0.9)
    await BOUNDED.counts.restate(other, {said.key: told})
    assert await told_by(other) == []
    await crossing(other, at=2, gender="x")
    assert [one.beyond for one in await told_by(other)] == [True]
