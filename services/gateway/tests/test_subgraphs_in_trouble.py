"""Remote subgraphs that are slow, away, or asked the same by many: over real sockets."""

import asyncio
import contextlib
from http import HTTPStatus

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.context import OperationContext
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.http import RemoteSubgraph
from c360_gateway.transport.steady import asked_for
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import CallerContext
from c360_kernel.log.memory import MemoryLog
from c360_kernel.subgraph.asgi import subgraph_app

from services.gateway.tests.test_bootstrap import KEY, KEYS, ask, served

QUERY = '{ customer(id: "c1") { id mainPhone profile { phone tier } } }'
PHONE = "13800138000"
WHOLE = {"id": "c1", "mainPhone": PHONE, "profile": {"phone": PHONE, "tier": "gold"}}


class Troubled:
    """A subgraph's app before which some requests fail, hang or are counted."""

    def __init__(self, app):
        self.app = app
        self.asked = 0
        self.tokens = []
        self.failing = 0
        self.pause = 0.0

    async def __call__(self, scope, receive, send):
        if scope["path"] != "/graphql":
            return await self.app(scope, receive, send)
        self.asked += 1
        self.tokens.append(dict(scope["headers"])[b"c360-caller"])
        await asyncio.sleep(self.pause)
        if self.failing:
            self.failing -= 1
            return await _unavailable(send)
        return await self.app(scope, receive, send)


async def _unavailable(send):
    start = {"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def begin(world, tmp_path):
    """Starts a gateway over the world's subgraphs, each behind HTTP; gives it and `profiles`."""
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
            gateway = build(made, default_catalog(), MemoryLog(), Subgraphs(remote=remote), KEY)
            await gateway.keeper.start()

            def asking(role="privacy_officer"):
                return ask(gateway, made, QUERY, role)

            return asking, apps["profiles"]

        yield start


def troubles(answer):
    return {(one["extensions"]["code"], ".".join(one["path"])) for one in answer["errors"]}


async def test_a_read_that_found_nobody_is_sent_again_with_a_token_of_its_own(begin):
    asking, profiles = await begin(subgraph_retries=2)
    profiles.asked, profiles.failing = 0, 2
    assert (await asking())["data"]["customer"] == WHOLE
    assert profiles.asked == 3
    assert len(set(profiles.tokens)) == len(profiles.tokens)


async def test_a_subgraph_that_is_slow_leaves_a_hole_and_no_more(begin):
    asking, profiles = await begin(subgraph_timeout_s=0.3)
    profiles.pause = 5.0
    answer = await asking()
    assert answer["data"]["customer"] == {**WHOLE, "profile": None}
    assert troubles(answer) == {("SUBGRAPH_TIMEOUT", "customer.profile")}


async def test_a_subgraph_that_mostly_fails_is_left_alone_and_heals_soon(begin):
    asking, profiles = await begin(subgraph_retries=0, subgraph_rest_s=0.5)
    profiles.failing = 10_000
    for _ in range(25):
        answer = await asking()
    assert answer["data"]["customer"] == {**WHOLE, "profile": None}
    assert troubles(answer) == {("SUBGRAPH_CIRCUIT_OPEN", "customer.profile")}
    asked, profiles.failing = profiles.asked, 0
    await asking()
    assert profiles.asked == asked
    await asyncio.sleep(0.6)
    assert (await asking())["data"]["customer"] == WHOLE


async def test_equal_reads_of_one_caller_are_made_once(begin):
    asking, profiles = await begin()
    await asking()
    profiles.asked, profiles.pause = 0, 0.3
    answers = await asyncio.gather(*(asking() for _ in range(5)))
    assert [one["data"]["customer"] for one in answers] == [WHOLE] * 5
    assert profiles.asked == 1


async def test_callers_in_different_roles_share_nothing(begin):
    asking, profiles = await begin()
    roles = ("privacy_officer", "support_agent")
    await asyncio.gather(*(asking(role) for role in roles))
    profiles.asked, profiles.pause = 0, 0.3
    officer, agent = await asyncio.gather(*(asking(role) for role in roles))
    assert officer["data"]["customer"]["profile"]["phone"] == PHONE
    assert agent["data"]["customer"]["profile"]["phone"] == "138****8000"
    assert profiles.asked == 2


@pytest.mark.parametrize(
    "other",
    [
        CallerContext("bob", ("r",), "p", "v", "x"),
        CallerContext("ann", ("r", "s"), "p", "v", "x"),
        CallerContext("ann", ("r",), "q", "v", "x"),
        CallerContext("ann", ("r",), "p", "w", "x"),
        CallerContext("ann", ("r",), "p", "v", "y"),
    ],
)
def test_whatever_a_subgraph_decides_by_keeps_reads_apart(other):
    def key(caller):
        return asked_for(OperationContext(caller, Principal("ann", (), "", frozenset(), 0)))

    mine = CallerContext("ann", ("r",), "p", "v", "x", trace_id="1")
    assert key(mine) == key(CallerContext("ann", ("r",), "p", "v", "x", trace_id="2"))
    assert key(mine) != key(other)
