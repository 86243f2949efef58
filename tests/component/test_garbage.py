"""What a request leaves behind is gone once it is answered: nothing of ours refers in circles.

A process of ours looks for garbage seldom, since it takes a second over a full heap. Whatever waits
for that makes its memory grow.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import CoroutineType, FrameType, FunctionType, MethodType
from typing import Any

import orjson
import pytest
import pytest_asyncio
from c360_gateway.assembly import limits
from c360_gateway.auth.issuers import local_key, mint
from graphql import Visitor
from graphql.language.visitor import EnterLeaveVisitor

from tests.component.row_world import RowWorld, record

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
REQUESTS = 6
OFTEN_ENOUGH = 3
"""What is made at first use, and what takes turns, is there after so many."""
FEW = 2
NEVER = 1_000_000
SEEN = """customers(first: 3) { edges { node { id profile { name city } segments { name }
  records { source key } consents { purpose } timeline(first: 2) { edges { cursor } } } } }"""
LOOK_UPS = """query($id: ID!, $key: String!, $email: String!) {
  customer(id: $id) { id profile { name } evidence { edges { __typename } } }
  node(id: $id) { id }
  customerByRecord(source: "crm", key: $key) { id }
  customersByIdentifier(type: EMAIL, value: $email) { id consents { purpose } }
}"""
UPSERT = """mutation($items: [RecordInput!]!) {
  upsertRecords(records: $items) { refused results { code path } } }"""
NO_ITEMS = [{"source": "?", "key": ""}]
CONSENT = """mutation($items: [ConsentInput!]!) {
  recordConsent(consents: $items) { refused results { code path } } }"""
IN_FRAGMENTS = (
    "query Q%d { "
    + SEEN.replace("node { id", "node { ...F")
    + """ }
fragment F on Customer { id ...G } fragment G on Customer { identifiers { email } }"""
)
WHO_ASKED = "{ operations(first: 3) { edges { node { details { name value } } } } }"
INTROSPECTION = '{ a%d: __type(name: "X") { name } }'
WATCH = 'subscription { customerChanged(id: "nobody") { id } }'
numbers = itertools.count()
Act = Callable[[RowWorld], Awaitable[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    """An instance that remembers few operations, so that new ones make it forget others."""
    with pytest.MonkeyPatch.context() as patch:
        few = replace(limits._ENGINE, parsed_kept=FEW, compiled_kept=FEW, plans_kept=FEW)
        patch.setattr(limits, "_ENGINE", few)
        patch.setattr("c360_subgraph.operations._REMEMBERED", FEW)
        world = RowWorld(tmp_path_factory.mktemp("garbage"), rows="rows: {}\n", policy="")
        await world.start(*(record(f"n{number}", name=f"N{number}") for number in range(5)))
        yield world
        await world.close()


async def ask(
    world: RowWorld, query: str, role: str = "privacy_officer", **variables: object
) -> Any:
    """The answer, with nothing between us and the gateway that has circles of its own."""
    sent: list[bytes] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    received = _received({"query": query, "variables": variables})
    await world.gateway.app(_scope(world, role, "application/json"), received.get, send)
    return orjson.loads(b"".join(sent))


async def watch(world: RowWorld) -> None:
    """Listen, and go once it has begun."""
    begun = asyncio.Event()

    async def send(message: Mapping[str, Any]) -> None:
        begun.set()

    received = _received({"query": WATCH})
    scope = _scope(world, "privacy_officer", "text/event-stream")
    listening = asyncio.create_task(world.gateway.app(scope, received.get, send))
    await begun.wait()
    await asyncio.sleep(0.02)
    received.put_nowait({"type": "http.disconnect"})
    await listening


def _scope(world: RowWorld, role: str, accept: str) -> dict[str, Any]:
    token = mint(local_key(world.settings.issuer_key_file), "ann", [role], "service", ["*"])
    headers = {
        b"authorization": b"Bearer " + token.encode(),
        b"content-type": b"application/json",
        b"accept": accept.encode(),
    }
    asked = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    return {**asked, "headers": list(headers.items())}


def _received(body: Mapping[str, object]) -> asyncio.Queue[dict[str, object]]:
    received: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    received.put_nowait({"type": "http.request", "body": orjson.dumps(body)})
    return received


async def upsert(world: RowWorld) -> Any:
    key = f"n{next(numbers) % 5}"
    answer = await ask(world, UPSERT, "connector", items=[record(key, name=str(next(numbers)))])
    await world.settle()
    return answer


async def consent(world: RowWorld) -> Any:
    status = ("GRANTED", "DENIED")[next(numbers) % 2]
    item = {"source": "crm", "key": "n1", "purpose": "marketing", "status": status}
    answer = await ask(world, CONSENT, "connector", items=[item])
    await world.settle()
    return answer


def written(number: int) -> str:
    return UPSERT.replace("upsertRecords", f"m{number}: upsertRecords")


async def look_ups(world: RowWorld) -> Any:
    found = await ask(world, '{ customerByRecord(source: "crm", key: "n1") { id } }')
    id_ = found["data"]["customerByRecord"]["id"]
    return await ask(world, LOOK_UPS, id=id_, key="n2", email="n3@example.com")


WARM: Mapping[str, Act] = {
    "list": lambda world: ask(world, f"{{ {SEEN} }}"),
    "masked": lambda world: ask(world, f"{{ {SEEN} }}", "support_agent"),
    "look-ups": look_ups,
    "audit": lambda world: ask(world, WHO_ASKED, "auditor"),
    "nobody": lambda world: ask(world, "query($id: ID!) { node(id: $id) { id } }", id="none"),
    "bad variables": lambda world: ask(world, LOOK_UPS, id=3, key=[1], email=None),
    "not allowed": lambda world: ask(world, "{ operations { edges { cursor } } }", "connector"),
    "no such role": lambda world: ask(world, f"{{ {SEEN} }}", "nobody"),
    "too large": lambda world: ask(world, f"{{ {SEEN.replace('3', '100000')} }}"),
    "upsert": upsert,
    "refused item": lambda world: ask(
        world, UPSERT, "connector", items=[{"source": "?", "key": ""}]
    ),
    "consent": consent,
    "subscription": watch,
}
COLD: Mapping[str, Act] = {
    "list": lambda world: ask(world, f"{{ a{next(numbers)}: {SEEN} }}"),
    "masked": lambda world: ask(world, f"{{ a{next(numbers)}: {SEEN} }}", "support_agent"),
    "fragments": lambda world: ask(world, IN_FRAGMENTS % next(numbers)),
    "mutation": lambda world: ask(world, written(next(numbers)), "connector", items=[]),
    "introspection": lambda world: ask(world, INTROSPECTION % next(numbers)),
    "no GraphQL": lambda world: ask(world, f"{{ a{next(numbers)}: customers( }}"),
    "no such field": lambda world: ask(world, f"{{ a{next(numbers)}: nothing {{ id }} }}"),
    "nobody's": lambda world: ask(world, f"{{ a{next(numbers)}: {SEEN} }}", "nobody"),
}


CODES = {
    "bad variables": "BAD_VARIABLES",
    "not allowed": "FIELD_DENIED",
    "no such role": "DOCUMENT_NOT_TRUSTED",
    "too large": "OPERATION_TOO_LARGE",
    "refused item": "UNKNOWN_SOURCE",
    "no GraphQL": "GRAPHQL_PARSE_FAILED",
    "no such field": "GRAPHQL_VALIDATION_FAILED",
    "nobody's": "DOCUMENT_NOT_TRUSTED",
}
"""What is answered; to all others, data without an error."""


async def left_by(world: RowWorld, name: str, act: Act) -> list[object]:
    """What is in circles, or hangs on them."""
    for _ in range(OFTEN_ENOUGH):
        assert set(codes_in(await act(world))) == ({CODES[name]} if name in CODES else set())
    await asyncio.sleep(0)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(REQUESTS):
            await act(world)
        await asyncio.sleep(0)
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def codes_in(answer: Any) -> Iterable[str]:
    """All codes, of errors and of items."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name == "code" and value is not None:
                yield value
            yield from codes_in(value)
    if isinstance(answer, list):
        for one in answer:
            yield from codes_in(one)


@pytest.mark.parametrize("name", WARM)
async def test_what_was_asked_before_leaves_nothing(world: RowWorld, name: str) -> None:
    left = await left_by(world, name, WARM[name])
    assert len(left) < REQUESTS, names_of(left)


@pytest.mark.parametrize("name", COLD)
async def test_a_new_document_leaves_nothing_of_ours(world: RowWorld, name: str) -> None:
    left = await left_by(world, name, COLD[name])
    assert names_of(one for one in left if is_ours(one)) == set()


@pytest.mark.parametrize("name", COLD)
async def test_what_walked_through_a_new_document_does_not_grow_old(
    world: RowWorld, name: str
) -> None:
    for _ in range(OFTEN_ENOUGH):
        await COLD[name](world)
    gc.collect()
    before, known = gc.get_threshold(), old_visitors()
    gc.set_threshold(700, NEVER, NEVER)
    try:
        for _ in range(REQUESTS):
            await COLD[name](world)
    finally:
        gc.set_threshold(*before)
    assert old_visitors() == known


def old_visitors() -> int:
    """Parts of walks through documents that a collection found in use."""
    old = [*gc.get_objects(generation=1), *gc.get_objects(generation=2)]
    return sum(type(one) is EnterLeaveVisitor for one in old)


async def test_the_tests_find_what_they_look_for() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    assert is_ours(Ring()) is False
    assert is_ours(ask) is False
    assert is_ours(limits.terms)
    assert is_ours(limits._ENGINE)


def is_ours(one: object) -> bool:
    """Whether it is an object, function or frame of a package of ours.

    What graphql-core walks a document with refers to itself, our own rules among them: it is young,
    and gone with the next hundred thousand objects.
    """
    return module_of(one).startswith("c360_") and not isinstance(one, Visitor)


def module_of(one: object) -> str:
    if isinstance(one, MethodType):
        return "" if isinstance(one.__self__, Visitor) else one.__func__.__module__
    if isinstance(one, FunctionType):
        return one.__module__
    if isinstance(one, CoroutineType):
        return "" if one.cr_frame is None else module_of(one.cr_frame)
    if isinstance(one, FrameType):
        return str(one.f_globals.get("__name__", ""))
    return type(one).__module__


def names_of(garbage: Iterable[object]) -> set[str]:
    return {
        f"{module_of(one)}.{getattr(one, '__qualname__', type(one).__name__)}" for one in garbage
    }
