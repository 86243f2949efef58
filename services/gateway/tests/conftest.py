"""A small world of three real subgraphs, every personal value a canary, and a gateway over it."""

import asyncio
import enum
from functools import cache
from itertools import count
from typing import Annotated

import httpx
import pytest
import strawberry
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT, MEMBERSHIPS
from c360_kernel.payload import MembershipChanged
from c360_kernel.subgraph.scalars import Date
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.telemetry import NO_TRACER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy
from c360_policy.store.versions import replace_whole

from services.gateway.tests.streams import SOON_S, FollowedLog

PHONE = "13800138000"
EMAIL = "canary.email@example.com"
BORN = "1990-07-21"
SECRET_NOTE = "canary-note"
CANARIES = (PHONE, EMAIL, BORN, SECRET_NOTE, "138001380")

fed = strawberry.federation


@cache
def _people_schema():
    class IdentifierType(enum.Enum):
        PHONE = fed.enum_value("phone", tags=["phone"])
        EMAIL = fed.enum_value("email", tags=["email"])
        CARD = "card"

    strawberry.enum(IdentifierType)

    @fed.type
    class Identifiers:
        phone: list[str] | None = fed.field(tags=["phone"], default_factory=lambda: [PHONE])
        card: list[str] | None = fed.field(default_factory=lambda: ["C1"])

    @fed.type(keys=["id"])
    class Customer:
        id: strawberry.ID

        @fed.field(tags=["phone"])
        def main_phone(self) -> str | None:
            return PHONE

        @fed.field
        def identifiers(self) -> Identifiers | None:
            return Identifiers()

        @fed.field
        def broken(self) -> str | None:
            raise ValueError(f"cannot read {PHONE}")

        @fed.field
        def refused(self) -> str | None:
            raise Invalid("first must be at most 200", code="PAGE_TOO_LARGE")

        @classmethod
        def resolve_reference(cls, id: strawberry.ID):
            return Customer(id=id)

    @fed.type
    class Query:
        @fed.field
        def customer(self, id: strawberry.ID) -> Customer | None:
            return Customer(id=id) if id in ("c1", "c2") else None

        @fed.field
        def customer_by_identifier(self, type: IdentifierType, value: str) -> Customer | None:
            return Customer(id=strawberry.ID("c1")) if value == PHONE else None

        @fed.field
        def customers_by_identifier(
            self, type: IdentifierType, value: str, first: int | None = None
        ) -> list[Customer] | None:
            return [Customer(id=strawberry.ID("c1"))] if value == PHONE else []

    return build_schema(Query)


def people_subgraph():
    return Subgraph("people", _people_schema(), lambda caller: caller, _ready)


def profiles_subgraph(seen):
    @fed.input
    class Text:
        eq: str | None = None
        starts_with: str | None = None

    @fed.input
    class CustomerFilter:
        phone: Text | None = fed.field(tags=["phone"], default=None)
        tier: Text | None = None

    class OrderField(enum.Enum):
        PHONE = fed.enum_value("phone", tags=["phone"])
        TIER = "tier"

    strawberry.enum(OrderField, name="CustomerOrderField")

    @fed.input
    class CustomerOrder:
        field: OrderField

    @fed.type
    class Profile:
        name: str | None = fed.field(tags=["name"], default="Ann")
        phone: str | None = fed.field(tags=["phone"], default=PHONE)
        email: str | None = fed.field(tags=["email"], default=EMAIL)
        birth_date: Date | None = fed.field(tags=["birth_date"], default=BORN)
        tier: str | None = "gold"
        spend: float | None = fed.field(tags=["financial"], default=12.5)

    @fed.interface
    class Event:
        name: str

    @fed.type
    class Called(Event):
        number: str | None = fed.field(tags=["phone"], default=PHONE)
        note: str | None = fed.field(tags=["unclassified"], default=SECRET_NOTE)

    @fed.type
    class Visited(Event):
        number: str | None = "shop 7"

    Something = Annotated[Called | Visited, strawberry.union("Something")]  # noqa: N806

    @fed.type(keys=["id"])
    class Customer:
        id: strawberry.ID

        @fed.field
        def profile(self) -> Profile | None:
            return Profile()

        @fed.field
        def timeline(self) -> list[Event]:
            return [Called(name="called"), Visited(name="visited")]

        @fed.field
        def anything(self) -> list[Something]:
            return [Called(name="called"), Visited(name="visited")]

        @classmethod
        def resolve_reference(cls, id: strawberry.ID):
            return Customer(id=id)

    @fed.type
    class Edge:
        node: Customer

    @fed.type
    class Connection:
        edges: list[Edge]
        total: int

    @fed.type
    class Query:
        @fed.field
        def customers(
            self,
            filter: CustomerFilter | None = None,
            order_by: CustomerOrder | None = None,
            first: int = 20,
        ) -> Connection:
            seen.append((filter, order_by))
            nodes = [Customer(id=strawberry.ID(f"c{n}")) for n in (1, 2)]
            return Connection(edges=[Edge(node=one) for one in nodes], total=2)

    schema = build_schema(Query, types=[Called, Visited])
    return Subgraph("profiles", schema, lambda caller: caller, _ready)


@cache
def _labels_schema():
    @fed.type(keys=["id"])
    class Customer:
        id: strawberry.ID
        main_phone: str | None = fed.field(external=True, default=None)

        @fed.field(requires=["mainPhone"])
        def label(self) -> str | None:
            return f"Ann {self.main_phone}"

        @classmethod
        def resolve_reference(cls, id: strawberry.ID, mainPhone: str | None = None):  # noqa: N803
            return Customer(id=id, main_phone=mainPhone)

    return build_schema(types=[Customer])


def labels_subgraph():
    return Subgraph("labels", _labels_schema(), lambda caller: caller, _ready)


@cache
def _segment_schema():
    @fed.type
    class Segment:
        name: strawberry.ID
        size: int | None = 1_000

    @fed.type
    class Query:
        @fed.field
        def segment(self, name: strawberry.ID) -> Segment | None:
            return Segment(name=name) if name == "vip" else None

    return build_schema(Query)


def segment_subgraph():
    return Subgraph("segment", _segment_schema(), lambda caller: caller, _ready)


async def _ready():
    return True


class Recording:
    """A subgraph that remembers what it was asked and told whom."""

    def __init__(self, inner):
        self.inner = inner
        self.calls = []
        self.callers = []

    def sdl(self):
        return self.inner.sdl()

    async def ready(self):
        return await self.inner.ready()

    async def execute(self, query, variables, operation_name, caller):
        self.calls.append(query)
        self.callers.append(caller)
        return await self.inner.execute(query, variables, operation_name, caller)


class World:
    """A gateway over the three subgraphs, in this process."""

    PHONE = PHONE
    EMAIL = EMAIL
    CANARIES = CANARIES

    def __init__(self, directory, log=None, policy=None, tracer=None, audit=None, **settings):
        self.directory = directory
        self.log = log or MemoryLog()
        self.settings = GatewaySettings(data=directory, **settings)
        if policy is not None:
            copy_default_policy(directory / "policy")
            (directory / "policy" / POLICY_FILE).write_text(policy)
        self.filters = []
        people, labels, segments = people_subgraph(), labels_subgraph(), segment_subgraph()
        made = (people, profiles_subgraph(self.filters), labels, segments)
        self.subgraphs = {one.name: Recording(one) for one in made}
        if audit is not None:
            self.subgraphs[audit.name] = Recording(audit.open_graph())
        self.gateway = build(
            self.settings,
            default_catalog(),
            self.log,
            Subgraphs(local=self.subgraphs),
            b"an instance key of some length",
            tracer or NO_TRACER,
            [] if audit is None else [audit],
        )

    async def start(self):
        await self.gateway.supergraph_source.start()
        return self

    def publish(self, policy):
        """Another policy, in force from now on."""
        replace_whole(self.settings.policy_directory / POLICY_FILE, sealed(policy))
        self.gateway.pipeline.graph.tables._store.refresh()

    def token(self, *roles, purpose="service", sources=(), subject="ann"):
        key = local_key(self.settings.issuer_key_file)
        return mint(key, subject, roles, purpose, sources)

    async def post(self, body, token=None, **headers):
        sent = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            if isinstance(body, dict):
                return await client.post("/graphql", json=body, headers={**sent, **headers})
            json_type = {"content-type": "application/json"}
            return await client.post(
                "/graphql", content=body, headers={**json_type, **sent, **headers}
            )

    async def ready(self):
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return (await client.get("/readyz")).json()

    async def get(self, path):
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.get(path)

    async def ask(self, query, *roles, variables=None, **token):
        reply = await self.post(
            {"query": query, "variables": variables}, self.token(*roles, **token)
        )
        return reply.json()

    @property
    def documents(self):
        return self.gateway.pipeline._documents

    @property
    def calls(self):
        return [query for one in self.subgraphs.values() for query in one.calls]

    async def audited(self):
        """The operations on record."""
        return [act for act in await self.acts() if act.kind == "operation"]

    async def acts(self):
        """All that is on record."""
        found = []
        for partition in await self.log.ends([AUDIT]):
            for entry in await self.log.read(partition, 0, 1000):
                found.append((entry.stamp, decode(AUDIT, entry.data)))
        return [payload for _, payload in sorted(found, key=lambda one: one[0])]


@pytest.fixture
def make_world(tmp_path):
    async def make(**parts):
        return await World(tmp_path, **parts).start()

    return make


@pytest.fixture
async def world(make_world):
    return await make_world()


@pytest.fixture
async def followed_world(make_world):
    """A world whose log knows who follows it; whatever still listens at the end is ended."""
    yield await make_world(log=FollowedLog())
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


@pytest.fixture
def change(followed_world):
    """Lets a customer enter the segment, once somebody listens."""
    log, versions = followed_world.log, count(1, 2)

    async def enter(customer):
        await asyncio.wait_for(log.followed.wait(), SOON_S)
        payload = MembershipChanged(customer, "vip", Version(0, next(versions)), True, 1_000)
        await log.append([new_entry(MEMBERSHIPS, customer, payload)])

    return enter
