"""What a gateway opened is closed when it stops, however its start or another close went."""

import contextlib

import pytest
from c360_gateway.app import Closing, Doors, gateway_app
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.settings import GatewaySettings
from c360_kernel import mongodb
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.errors import C360Error, Transient
from c360_kernel.log.memory import MemoryLog

KEY = b"an instance key of some length"
AWAY = "mongodb://127.0.0.1:1/c360?serverSelectionTimeoutMS=50"


@pytest.fixture
def clients(monkeypatch):
    """Every client of MongoDB that is made, and whether it was closed."""
    made = []

    class Client(mongodb.AsyncMongoClient):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.is_closed = False
            made.append(self)

        async def close(self):
            await super().close()
            self.is_closed = True

    monkeypatch.setattr(mongodb, "AsyncMongoClient", Client)
    return made


async def test_clients_of_every_store_of_policy_are_closed(clients, tmp_path):
    settings = GatewaySettings(data=tmp_path, policy_store=AWAY)
    gateway = build(settings, default_catalog(), MemoryLog(), Subgraphs(), KEY)
    assert len(clients) >= 3
    # Without its store it does not start; what it opened is closed all the same.
    with contextlib.suppress(C360Error):
        async with gateway.app.router.lifespan_context(gateway.app):
            pass
    assert [one.is_closed for one in clients] == [True] * len(clients)


async def test_clients_of_one_that_never_started_are_closed(clients, tmp_path):
    settings = GatewaySettings(data=tmp_path, policy_store=AWAY)
    gateway = build(settings, default_catalog(), MemoryLog(), Subgraphs(), KEY)
    with contextlib.suppress(C360Error):
        await gateway.introduce()
    await gateway.close()
    assert [one.is_closed for one in clients] == [True] * len(clients)


async def test_one_that_cannot_be_closed_keeps_no_other_open():
    closed = []

    async def fails():
        closed.append("fails")
        raise Transient("the store is away")

    async def closes():
        closed.append("closes")

    closing = Closing([fails, closes])
    app = gateway_app(None, None, NotReady(), None, [], closing.close, Doors())
    with pytest.raises(Transient):
        async with app.router.lifespan_context(app):
            assert closed == []
    assert closed == ["fails", "closes"]
    await closing.close()
    assert closed == ["fails", "closes"]


class NotReady:
    async def report(self):
        """Whatever it is asked."""
