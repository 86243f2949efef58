"""One customer through all three subgraphs, with token, policy, masks and audit, in one process.

Baseline: the same fields of the same stores by a plain Strawberry schema behind
its own ASGI app, without federation, policy or audit. Both are called as ASGI
apps, one request at a time; every answer is checked.

    python benchmarks/query.py --json
"""

# Strawberry resolves the baseline's annotations, so they are not postponed.

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import strawberry
from c360_gateway.auth.issuers import local_key, mint
from c360_identity.bootstrap import id_key
from c360_kernel.catalog import default_catalog
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.record import RecordKey
from figures import options, percentile, report
from questions import ONE_CUSTOMER
from strawberry.asgi import GraphQL
from worlds import append_all, record_entries

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain
from c360_cli.running.gateway_process import all_in_one

RECORDS = 3_000
App = Callable[[Any, Any, Any], Awaitable[None]]


@strawberry.type
class Identifiers:
    phone: list[str]
    email: list[str]


@strawberry.type
class Profile:
    name: str | None
    phone: str | None
    city: str | None
    loyalty_tier: str | None


@strawberry.type
class Segment:
    name: str
    title: str


@strawberry.type
class Customer:
    id: str
    identifiers: Identifiers
    profile: Profile
    segments: list[Segment]


class Plain:
    """The same question on plain Strawberry over the same stores."""

    def __init__(self, instance: Instance) -> None:
        names = ("identity", "profile", "segment")
        stores: list[Any] = [instance.service(name).open_store() for name in names]
        self._identity, self._profile, self._segment = stores
        self._ids = customer_ids(id_key(instance.directory.key("identity")))
        self._titles = {name: one.title for name, one in instance.catalog.segments.items()}

    async def customer(self, source: str, key: str) -> Customer:
        """Read the three stores one after the other."""
        record = RecordKey(source, key)
        seed = (await self._identity.records([record]))[record].seed
        members = (await self._identity.members([seed]))[seed]
        observed = await self._identity.observations_of([member.key for member in members])
        active = sorted({edge.identifier for edge in observed if edge.active})
        customer = self._ids(seed)
        traits = (await self._profile.customers([customer]))[customer].traits
        segments = (await self._segment.segments_of([customer])).get(customer, ())
        return Customer(
            id=customer,
            identifiers=Identifiers(
                phone=[i.value for i in active if i.type == "phone"],
                email=[i.value for i in active if i.type == "email"],
            ),
            profile=Profile(
                name=traits.get("name"),
                phone=traits.get("phone"),
                city=traits.get("city"),
                loyalty_tier=traits.get("loyaltyTier"),
            ),
            segments=[Segment(name=name, title=self._titles[name]) for name in sorted(segments)],
        )

    def app(self) -> App:
        """Its ASGI app, as Strawberry's documentation has it."""
        plain = self

        @strawberry.type
        class Query:
            @strawberry.field
            async def customer_by_record(self, source: str, key: str) -> Customer:
                return await plain.customer(source, key)

        return GraphQL(strawberry.Schema(Query))


async def post(app: App, body: bytes, token: str) -> dict[str, Any]:
    """The data that an app answers to one request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(_scope(body, token), receive, send)
    return json.loads(b"".join(message.get("body", b"") for message in sent))["data"]


def _scope(body: bytes, token: str) -> dict[str, Any]:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"authorization", f"Bearer {token}".encode()),
    ]
    return {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 81),
        "root_path": "",
    }


def _body(record: RecordKey) -> bytes:
    return json.dumps({"query": ONE_CUSTOMER, "variables": record._asdict()}).encode()


async def _times(apps: Sequence[App], bodies: Sequence[bytes], token: str) -> list[list[float]]:
    """Milliseconds per request of each app, the apps in turn; their answers must be equal."""
    times: list[list[float]] = [[] for _ in apps]
    for body in bodies:
        answers: list[Any] = []
        for app, taken in zip(apps, times, strict=True):
            start = time.perf_counter()
            answers.append(await post(app, body, token))
            taken.append((time.perf_counter() - start) * 1000)
        assert answers[0] == answers[1], answers
    return times


async def _run(data: Path, size: int) -> dict[str, object]:
    instance = assemble(data)
    log, services = instance.open_log(), instance.services
    entries = record_entries(default_catalog(), RECORDS)
    await append_all(log, entries)
    await drain(services, log)
    token = mint(local_key(data / "keys" / "token.key"), "bench", ["privacy_officer"])
    gateway: Any = all_in_one(instance, "127.0.0.1", 0).server.config.app
    chosen = random.Random(1).choices(entries, k=size)
    bodies = [_body(RecordKey.parse(entry.key)) for entry in chosen]
    async with gateway.router.lifespan_context(gateway):
        apps = [gateway, Plain(instance).app()]
        await _times(apps, bodies[:20], token)
        ours, plain = await _times(apps, bodies, token)
    return {
        "queries": size,
        "gateway_ms": {"p50": percentile(ours, 0.5), "p99": percentile(ours, 0.99)},
        "baseline_plain_strawberry_ms": {
            "p50": percentile(plain, 0.5),
            "p99": percentile(plain, 0.99),
        },
        "ratio_p50": percentile(ours, 0.5) / percentile(plain, 0.5),
    }


def main() -> None:
    """Run and report milliseconds."""
    chosen = options(__doc__ or "", size=1_000)
    with tempfile.TemporaryDirectory() as directory:
        report(asyncio.run(_run(Path(directory), chosen.size)), chosen)


if __name__ == "__main__":
    main()
