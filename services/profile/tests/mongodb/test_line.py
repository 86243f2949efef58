"""Only the last write of a unit waits, and it does nothing where one before it may be lost."""

from types import SimpleNamespace

import pytest
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Partition
from c360_kernel.log.topics import RECORDS
from c360_kernel.record import RecordKey
from c360_profile.domain.customer import Customer
from c360_profile.store.mongodb.line import Breaks, Line
from c360_profile.testing.consumptions import HANDLER
from c360_profile.testing.entries import assigned, upserted
from pymongo import WriteConcern

ANN = RecordKey("crm", "a")
HERE = Partition(RECORDS, 0)


def server(process="1", is_writable=True):
    return SimpleNamespace(is_writable=is_writable, topology_version={"processId": process})


def client(servers, election=1, kind="ReplicaSetWithPrimary"):
    described = SimpleNamespace(
        topology_type_name=kind, max_election_id=election, server_descriptions=lambda: servers
    )
    return SimpleNamespace(topology_description=described)


ONE = {("a", 1): server(), ("b", 1): server(is_writable=False)}
OTHERS = {
    "another primary": client({("b", 1): server()}),
    "another process": client({("a", 1): server("2")}),
    "another election": client(ONE, election=2),
    "no primary": client({("a", 1): server(is_writable=False)}),
}


@pytest.mark.parametrize("after", OTHERS.values(), ids=OTHERS)
def test_another_server_is_another_place(after):
    breaks = Breaks()
    line = Line(client(ONE), breaks)
    place = line.place
    line.refuse_broken(place)
    with pytest.raises(Conflict):
        Line(after, breaks).refuse_broken(place)


@pytest.mark.parametrize("lose", [Breaks.connection_closed, Breaks.pool_cleared])
def test_a_lost_connection_may_have_been_to_another_life_of_the_server(lose):
    breaks = Breaks()
    line = Line(client(ONE), breaks)
    place = line.place
    breaks.connection_created(None)
    line.refuse_broken(place)
    lose(breaks, None)
    with pytest.raises(Conflict):
        line.refuse_broken(place)


def test_behind_many_primaries_each_write_waits():
    assert Line(client(ONE), Breaks()).concern == WriteConcern(w=1)
    for kind in ("Sharded", "LoadBalanced"):
        assert Line(client(ONE, kind=kind), Breaks()).concern is None


@pytest.mark.servers
class TestAUnit:
    """On real servers."""

    async def told(self, store):
        async with store.unit() as unit:
            await HANDLER.handle(
                unit, [upserted(ANN, {"city": "A"}, at=1), assigned(ANN, "c1", at=2)]
            )
            await unit.advance({}, {HERE: 1})

    async def test_the_position_waits_for_a_majority_and_nothing_else_does(self, mongo_store):
        generation = await mongo_store._connected.get()
        for kind in (generation.records, generation.customers, generation.outbox):
            assert kind.write_concern == WriteConcern(w=1)
        assert generation._states.write_concern == WriteConcern(w="majority", j=True)

    @pytest.mark.parametrize("fault", ["broken", "lost"])
    async def test_the_position_stays_where_a_write_may_be_lost(
        self, mongo_store, monkeypatch, fault
    ):
        generation = await mongo_store._connected.get()

        async def not_written(*_):
            if fault == "broken":
                generation.line._breaks.count += 1
            return {"written.store": 1}

        with monkeypatch.context() as broken:
            broken.setattr(generation, "mark_written", not_written)
            with pytest.raises(Conflict):
                await self.told(mongo_store)
        assert await mongo_store.positions() == {}
        await self.told(mongo_store)
        assert await mongo_store.positions() == {HERE: 1}
        (customer,) = (await mongo_store.customers(["c1"])).values()
        assert customer == Customer("c1", 1, {"city": "A"}, sources=("crm",))
        assert len(await mongo_store.outgoing(10)) == 1
