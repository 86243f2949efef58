"""Remote subgraphs that are slow, away, or asked the same by many: over real sockets."""

import asyncio
import contextlib
import math
import threading
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

import pytest
from c360_federation.execute.resilience import SingleFlightTransport
from c360_gateway.auth.principal import Principal
from c360_gateway.bootstrap import Gateway, Subgraphs, build
from c360_gateway.budget import account
from c360_gateway.context import OperationContext
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.http import RemoteSubgraph
from c360_gateway.transport.resilient import sharing_key
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import CallerContext
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged
from c360_kernel.subgraph.asgi import subgraph_app
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_kernel.visibility import Visibility

from services.gateway.tests.streams import SOON_S, FollowedLog, customer, listen
from services.gateway.tests.test_bootstrap import KEY, KEYS, ask, served

QUERY = '{ customer(id: "c1") { id mainPhone profile { phone tier } } }'
PHONE = "13800138000"
WHOLE = {"id": "c1", "mainPhone": PHONE, "profile": {"phone": PHONE, "tier": "gold"}}


class Troubled:
    """A subgraph's app before which some requests fail, hang or are counted."""

    def __init__(self, app):
        self.app = app
        self.calls = 0
        self.tokens = []
        self.failing = 0
        self.pause = 0.0
        self.is_open = threading.Event()
        self.is_open.set()
        self.change = None

    @contextlib.contextmanager
    def shut(self):
        """A block in which no request is answered."""
        self.is_open.clear()
        try:
            yield
        finally:
            self.is_open.set()

    async def __call__(self, scope, receive, send):
        if scope["path"] != "/graphql":
            return await self.app(scope, receive, send)
        self.calls += 1
        self.tokens.append(dict(scope["headers"])[b"c360-caller"])
        await asyncio.sleep(self.pause)
        while not self.is_open.is_set():
            await asyncio.sleep(0.005)
        if self.failing:
            self.failing -= 1
            return await _unavailable(send)

        async def sending(message):
            await send(self.change(message) if self.change else message)

        return await self.app(scope, receive, sending)


async def _unavailable(send):
    start = {"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b""})


class Remote(NamedTuple):
    """A gateway over subgraphs behind HTTP."""

    gateway: Gateway
    settings: GatewaySettings
    log: FollowedLog
    profiles: Troubled


@pytest.fixture
async def begin_remote(world, tmp_path):
    """Starts a gateway over the world's subgraphs, each behind HTTP."""
    with contextlib.ExitStack() as stack:

        async def start(**settings):
            apps = {
                name: Troubled(subgraph_app(one.inner, KEYS))
                for name, one in world.subgraphs.items()
            }
            remote = {
                name: RemoteSubgraph(stack.enter_context(served(app)), KEYS)
                for name, app in apps.items()
            }
            made = GatewaySettings(data=tmp_path / "remote", **settings)
            log = FollowedLog()
            gateway = build(made, default_catalog(), log, Subgraphs(remote=remote), KEY)
            await gateway.supergraph_source.start()
            return Remote(gateway, made, log, apps["profiles"])

        yield start


@pytest.fixture
def begin(begin_remote):
    """Starts such a gateway; gives a way to ask it, and `profiles`."""

    async def start(**settings):
        remote = await begin_remote(**settings)

        def querying(role="privacy_officer"):
            return ask(remote.gateway, remote.settings, QUERY, role)

        return querying, remote.profiles

    return start


@pytest.fixture
def reads(monkeypatch):
    """The subgraphs of all reads that were asked for, made or shared."""
    asked = []
    execute = SingleFlightTransport.execute

    def noted(self, subgraph, request, context):
        asked.append(subgraph)
        return execute(self, subgraph, request, context)

    monkeypatch.setattr(SingleFlightTransport, "execute", noted)
    return asked


@pytest.fixture
def never_in_debt(monkeypatch):
    """However long a step takes: who owes time is served one request at a time."""
    monkeypatch.setattr(account, "SHORT_S", math.inf)


async def until(holds):
    while not holds():
        await asyncio.sleep(0.01)


def troubles(answer):
    return {(one["extensions"]["code"], ".".join(one["path"])) for one in answer["errors"]}


async def test_a_read_that_found_nobody_is_sent_again_with_a_token_of_its_own(begin):
    found, profiles = await begin(subgraph_retries=2)
    profiles.calls, profiles.failing = 0, 2
    assert (await found())["data"]["customer"] == WHOLE
    assert profiles.calls == 3
    assert len(set(profiles.tokens)) == len(profiles.tokens)


async def test_a_subgraph_that_is_slow_leaves_a_hole_and_no_more(begin):
    found, profiles = await begin(subgraph_timeout_s=0.3)
    profiles.pause = 5.0
    answer = await found()
    assert answer["data"]["customer"] == {**WHOLE, "profile": None}
    assert troubles(answer) == {("SUBGRAPH_TIMEOUT", "customer.profile")}


async def test_a_subgraph_that_mostly_fails_is_left_alone_and_heals_soon(begin):
    found, profiles = await begin(subgraph_retries=0, subgraph_rest_s=0.5)
    profiles.failing = 10_000
    for _ in range(25):
        answer = await found()
    assert answer["data"]["customer"] == {**WHOLE, "profile": None}
    assert troubles(answer) == {("SUBGRAPH_CIRCUIT_OPEN", "customer.profile")}
    requested, profiles.failing = profiles.calls, 0
    await found()
    assert profiles.calls == requested
    await asyncio.sleep(0.6)
    assert (await found())["data"]["customer"] == WHOLE


async def test_equal_reads_of_one_caller_are_made_once(begin, reads, never_in_debt):
    found, profiles = await begin()
    await found()
    reads.clear()
    profiles.calls = 0
    with profiles.shut():
        asking = [asyncio.create_task(found()) for _ in range(5)]
        await asyncio.wait_for(until(lambda: reads.count("profiles") == len(asking)), SOON_S)
    answers = await asyncio.gather(*asking)
    assert [one["data"]["customer"] for one in answers] == [WHOLE] * 5
    assert profiles.calls == 1


async def test_an_event_shows_what_was_read_after_it(begin_remote):
    remote = await begin_remote()
    listeners = [listen(remote, "privacy_officer") for _ in range(2)]
    for one in listeners:
        await one.started()
    await asyncio.wait_for(remote.log.followed.wait(), SOON_S)
    while remote.log.recorded < len(listeners):
        await asyncio.sleep(0.01)
    remote.profiles.calls, remote.profiles.pause = 0, 0.3
    payload = MembershipChanged("c1", "vip", Version(0, 1), True, 1_000)
    await remote.log.append([new_entry(MEMBERSHIPS, "c1", payload)])
    for one in listeners:
        assert customer((await one.event())[1])["profile"]["phone"] == PHONE
        await one.hang_up()
    assert remote.profiles.calls == len(listeners)


async def test_what_is_read_after_a_write_joins_no_read_that_began_before_it(
    begin_remote, never_in_debt
):
    remote = await begin_remote()

    def querying(query):
        return ask(remote.gateway, remote.settings, query, "privacy_officer", "connector")

    def until_asked(times):
        return until(lambda: remote.profiles.calls >= times)

    await querying(QUERY)
    remote.profiles.calls = 0
    with remote.profiles.shut():
        before = asyncio.create_task(querying(QUERY))
        await asyncio.wait_for(until_asked(1), SOON_S)
        written = await querying("mutation { upsertRecords(records: []) { accepted } }")
        after = asyncio.create_task(querying(QUERY))
        await asyncio.wait_for(until_asked(2), SOON_S)
    answers = await asyncio.gather(before, after)
    assert written["data"]["upsertRecords"] == {"accepted": 0}
    assert [one["data"]["customer"] for one in answers] == [WHOLE] * 2
    assert remote.profiles.calls == 2


async def test_callers_in_different_roles_share_nothing(begin):
    found, profiles = await begin()
    roles = ("privacy_officer", "support_agent")
    await asyncio.gather(*(found(role) for role in roles))
    profiles.calls, profiles.pause = 0, 0.3
    officer, agent = await asyncio.gather(*(found(role) for role in roles))
    assert officer["data"]["customer"]["profile"]["phone"] == PHONE
    assert agent["data"]["customer"]["profile"]["phone"] == "***8000"
    assert profiles.calls == 2


@pytest.mark.parametrize(
    "other",
    [
        CallerContext("bob", ("r",), "p", "v", "x"),
        CallerContext("ann", ("r", "s"), "p", "v", "x"),
        CallerContext("ann", ("r",), "q", "v", "x"),
        CallerContext("ann", ("r",), "p", "w", "x"),
        CallerContext("ann", ("r",), "p", "v", "y"),
        CallerContext("ann", ("r",), "p", "v", "x", visibility=Visibility(seen=frozenset(["A.b"]))),
    ],
)
def test_whatever_a_subgraph_decides_by_keeps_reads_apart(other):
    def key(caller):
        principal = Principal("ann", (), "", frozenset(), 0)
        return sharing_key(OperationContext(caller, principal, written_before=0))

    mine = CallerContext("ann", ("r",), "p", "v", "x", trace_id="1")
    assert key(mine) == key(CallerContext("ann", ("r",), "p", "v", "x", trace_id="2"))
    assert key(mine) != key(other)


def _another_body(message):
    if message["type"] != "http.response.body":
        return message
    return message | {"body": message["body"].replace(b'"gold"', b'"lead"')}


def _without_seal(message):
    if message["type"] != "http.response.start":
        return message
    headers = [one for one in message["headers"] if one[0] != b"c360-answer"]
    return message | {"headers": headers}


class _SealOfTheFirst:
    """Gives every answer the seal of the first one."""

    def __init__(self):
        self._seal = None

    def __call__(self, message):
        if message["type"] != "http.response.start":
            return message
        headers = dict(message["headers"])
        self._seal = self._seal or headers[b"c360-answer"]
        return message | {"headers": list((headers | {b"c360-answer": self._seal}).items())}


@pytest.mark.parametrize("change", [_another_body, _without_seal])
async def test_what_somebody_between_changed_is_not_believed(begin, change):
    found, profiles = await begin()
    profiles.change = change
    answer = await found()
    assert answer["data"]["customer"]["profile"] is None
    assert "gold" not in str(answer)
    assert "lead" not in str(answer)
    assert {code for code, _ in troubles(answer)} == {"SUBGRAPH_BAD_REPLY"}


async def test_an_answer_of_before_is_not_believed_again(begin):
    found, profiles = await begin()
    profiles.change = _SealOfTheFirst()
    assert (await found())["data"]["customer"] == WHOLE
    assert (await found())["data"]["customer"]["profile"] is None


def test_what_reads_are_shared_by_is_not_copied_along_with_a_context():
    principal = Principal("ann", ("agent",), "", frozenset(), 2**40)
    first = CallerContext("ann", ("agent",), policy_version="1")
    context = OperationContext(first, principal, written_before=0)
    known = sharing_key(context)
    assert known == sharing_key(context) == sharing_key(replace(context))
    later = replace(context, caller=replace(first, policy_version="2"))
    assert sharing_key(later) not in (None, known)
    assert sharing_key(replace(context, written_before=1)) not in (None, known)
    assert sharing_key(replace(context, written_before=None)) is None
