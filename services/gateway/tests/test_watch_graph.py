"""Watching as the federation engine sees it: whom an id stands for, and how subscriptions end."""

import asyncio
import contextlib
import dataclasses

import pytest
from c360_federation import Moment, OpenSubscriber, RequestedOperation
from c360_federation.execute.transport import (
    InProcessTransport,
    SubgraphResponse,
    SubgraphTimeout,
)
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup
from c360_gateway.watch.errors import CustomerUnknown
from c360_gateway.watch.segment_gate import SubgraphSegmentGate
from c360_kernel.context import CallerContext
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_kernel.visibility import ACCOUNTS, Visibility

ROLES = ("support_agent",)
CONTEXT = OperationContext(
    CallerContext("ann", ROLES), Principal("ann", ROLES, "", frozenset(), expires_at=0)
)
SEGMENT = """subscription { watched: segmentChanged(name: "vip") {
  entered at customer { profile { tier phone } } } }"""
CUSTOMER = 'subscription { customerChanged(id: "c1") { id } }'


class Support(OpenSubscriber):
    """A support agent at the gateway of a world."""

    def __init__(self, world):
        self.tables = world.gateway.pipeline.graph.tables

    def moment(self):
        return Moment(self.tables.of(ROLES, ""), CONTEXT)


def subscribed(world, query):
    engine = world.gateway.pipeline.graph.engine
    return contextlib.aclosing(engine.subscribe(RequestedOperation(query), Support(world)))


def codes(answer):
    return [error["extensions"]["code"] for error in answer.payload()["errors"]]


async def joined(world, customer):
    payload = MembershipChanged(customer, "vip", Version(0, 1), member=True, at=1_767_225_600_000)
    await world.log.append([new_entry(MEMBERSHIPS, customer, payload)])


async def begun():
    """All that a subscription waits for in the beginning is in this event loop."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_event_is_enriched_by_the_other_subgraphs(world):
    async with subscribed(world, SEGMENT) as answers, asyncio.timeout(60):
        first = asyncio.ensure_future(anext(answers))
        await begun()
        await joined(world, "c7")
        assert (await first).payload() == {
            "data": {
                "watched": {
                    "entered": True,
                    "at": "2026-01-01T00:00:00Z",
                    "customer": {"profile": {"tier": "gold", "phone": "***8000"}},
                }
            }
        }


async def test_what_came_since_a_cursor_is_told_first(world):
    query = 'subscription { segmentChanged(name: "vip"%s) { cursor customer { id } } }'
    async with subscribed(world, query % "") as answers, asyncio.timeout(60):
        first = asyncio.ensure_future(anext(answers))
        await begun()
        await joined(world, "c7")
        cursor = (await first).payload()["data"]["segmentChanged"]["cursor"]
    await joined(world, "c8")
    async with subscribed(world, query % f', after: "{cursor}"') as answers:
        async with asyncio.timeout(60):
            found = (await anext(answers)).payload()
    assert found["data"]["segmentChanged"]["customer"] == {"id": "c8"}


async def test_a_place_that_is_none_ends_the_subscription(world):
    query = 'subscription { segmentChanged(name: "vip", after: "x") { entered } }'
    async with subscribed(world, query) as answers, asyncio.timeout(60):
        assert codes(await anext(answers)) == ["CURSOR_INVALID"]
        assert await anext(answers, None) is None


async def test_a_customer_cannot_be_watched_while_identity_is_away(world):
    async with subscribed(world, CUSTOMER) as answers, asyncio.timeout(60):
        assert codes(await anext(answers)) == ["SUBGRAPH_UNREACHABLE"]
        assert await anext(answers, None) is None


async def test_subscriptions_end_with_the_gateway(world):
    app = world.gateway.app
    async with subscribed(world, SEGMENT) as answers, asyncio.timeout(60):
        async with app.router.lifespan_context(app):
            last = asyncio.ensure_future(anext(answers))
            await begun()
        assert codes(await last) == ["SUBSCRIPTION_CLOSED"]


async def identity(request, context):
    assert context is CONTEXT
    found = {"c1": "c1", "old": "c1"}.get(request.variables["id"])
    return SubgraphResponse({"customer": found and {"id": found}})


@pytest.mark.parametrize(("expected", "present"), [("c1", "c1"), ("old", "c1"), ("new", "")])
async def test_an_id_stands_for_whom_identity_says(expected, present):
    lookup = SubgraphCustomerLookup(InProcessTransport({"identity": identity}))
    assert await lookup.present(expected, CONTEXT) == present


async def slow(request, context):
    raise SubgraphTimeout


async def without_store(request, context):
    error = {"message": "away", "path": ["customer"], "extensions": {"code": "UNAVAILABLE"}}
    return SubgraphResponse({"customer": None}, [error])


@pytest.mark.parametrize("handler", [slow, without_store])
async def test_what_identity_cannot_say_is_not_taken_for_unknown(handler):
    lookup = SubgraphCustomerLookup(InProcessTransport({"identity": handler}))
    with pytest.raises(CustomerUnknown):
        await lookup.present("c1", CONTEXT)


async def with_segment(request, context):
    return SubgraphResponse({"segment": {"name": request.variables["name"], "size": 20}})


@pytest.mark.parametrize(
    ("reads", "redefined", "smallest_group", "is_shown"),
    [
        ((), False, 0, True),
        (("Profile.city",), True, 0, True),
        (("Profile.city", "Profile.name"), True, 0, False),
        (("Profile.name",), False, 0, False),
        (("Profile.city",), False, 5, True),
        (("Profile.city",), True, 5, False),
    ],
)
async def test_a_change_that_tells_of_another_condition_is_not_heard(
    reads, redefined, smallest_group, is_shown
):
    gate = SubgraphSegmentGate(InProcessTransport({"segment": with_segment}))
    change = MembershipChanged("c1", "vip", Version(0, 1), False, 1, "", reads, redefined)
    visibility = Visibility(used=frozenset(("Profile.city",)))
    caller = CallerContext("ann", ROLES, visibility=visibility, smallest_group=smallest_group)
    context = dataclasses.replace(CONTEXT, caller=caller)
    assert await gate.shows(change, context) is is_shown


async def test_who_is_told_of_no_account_does_not_hear_who_left_a_segment_of_one():
    gate = SubgraphSegmentGate(InProcessTransport({"segment": with_segment}))
    change = MembershipChanged("c1", "vip", Version(0, 1), False, 1, "", (ACCOUNTS,), True)
    caller = CallerContext("ann", ROLES, visibility=Visibility(used=frozenset((ACCOUNTS,))))
    for predicate, is_shown in (("", True), ("owner", False)):
        narrowed = dataclasses.replace(caller, predicate=predicate)
        context = dataclasses.replace(CONTEXT, caller=narrowed)
        assert await gate.shows(change, context) is is_shown
