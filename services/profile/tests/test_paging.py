"""Backward pages and sealed cursors of customers and timelines, as the gateway sees them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson
import pytest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import Order
from c360_profile.graph import profile_subgraphs
from c360_profile.graph.paging import CustomerCursors
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES
from c360_profile.testing.entries import assigned, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CALLER = CallerContext("tester", ("admin",))
COUNT = 9
PAGE = "edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
CUSTOMERS = "{ customers%s { " + PAGE % "id" + " } }"
TIMELINE = (
    '{ _entities(representations: [{__typename: "Customer", id: "c0"}])'
    " { ... on Customer { timeline%s { " + PAGE % "messageId" + " } } } }"
)


def entries():
    for n in range(COUNT):
        key = RecordKey("crm", f"k{n}")
        traits = {"name": f"n{n % 3}"} if n % 4 else {}
        yield upserted(key, traits, at=1000 + n)
        yield assigned(key, f"c{n}", at=1000 + n)
        yield tracked(RecordKey("crm", "k0"), f"secret-message-{n}", at=2000 + n // 2)


@pytest.fixture(params=["memory", "sqlite"])
async def subgraph(request, tmp_path):
    memory = request.param == "memory"
    store = MemoryProfileStore() if memory else SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, list(entries()))
    yield profile_subgraphs(RULES, SEALER)(store)
    await store.close()


async def connection(subgraph, query, arguments):
    source_text = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    response = await subgraph.execute(
        query % (f"({source_text})" if source_text else ""), {}, None, CALLER
    )
    if "errors" in response:
        return response["errors"][0]["extensions"]["code"]
    (found,) = [response["data"].get("customers")] if "customers" in query else [None]
    return found or response["data"]["_entities"][0]["timeline"]


def text(cursor):
    return orjson.dumps(cursor).decode()


LISTS = [
    (CUSTOMERS, {}),
    (CUSTOMERS, {"orderBy": "{field: NAME}"}),
    (CUSTOMERS, {"orderBy": "{field: NAME, direction: DESC}"}),
    (TIMELINE, {}),
]


@pytest.mark.parametrize(("query", "fixed"), LISTS)
@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(arguments=st.data())
async def test_pages_are_parts_of_the_whole_list(subgraph, query, fixed, arguments):
    whole = (await connection(subgraph, query, fixed))["edges"]
    assert len(whole) == COUNT
    places = st.none() | st.integers(0, COUNT - 1)
    after, before = arguments.draw(places), arguments.draw(places)
    side = arguments.draw(st.sampled_from(["first", "last"]))
    size = arguments.draw(st.integers(0, 4))
    variables = {**fixed, side: size}
    variables |= {} if after is None else {"after": text(whole[after]["cursor"])}
    variables |= {} if before is None else {"before": text(whole[before]["cursor"])}
    inside = whole[0 if after is None else after + 1 : before]
    page = await connection(subgraph, query, variables)
    expected = inside[:size] if side == "first" else inside[max(len(inside) - size, 0) :]
    assert page["edges"] == expected
    info = page["pageInfo"]
    more, beyond = len(inside) > size, (after if side == "first" else before) is not None
    stated = (info["hasNextPage"], info["hasPreviousPage"])
    assert stated == ((more, beyond) if side == "first" else (beyond, more))
    assert info["startCursor"] == (expected[0]["cursor"] if expected else None)


@pytest.mark.parametrize(("query", "fixed"), LISTS)
async def test_no_cursor_tells_its_place(subgraph, query, fixed):
    for edge in (await connection(subgraph, query, fixed))["edges"]:
        raw = urlsafe_b64decode(edge["cursor"] + "==")
        assert not any(word in raw for word in (b"secret", b"crm", b"c0", b"n1", b"timeline"))


async def test_cursors_are_not_taken_elsewhere_and_cannot_be_made(subgraph):
    codes = set()
    for query, fixed in LISTS:
        (edge, *_) = (await connection(subgraph, query, fixed))["edges"]
        for other, others in LISTS:
            if (other, others) != (query, fixed):
                variables = {**others, "after": text(edge["cursor"])}
                codes.add(await connection(subgraph, other, variables))
    plain = urlsafe_b64encode(orjson.dumps(["timeline", 2000, "crm", "secret-message-0"])).decode()
    for side in ("after", "before"):
        codes.add(await connection(subgraph, TIMELINE, {side: text(plain)}))
    assert codes == {"CURSOR_INVALID"}


ORDERED = "[{field: POINTS}, {field: CITY}]"


@pytest.mark.parametrize("place", ["", "x7"])
async def test_a_cursor_whose_values_are_of_another_type_by_now_is_refused(subgraph, place):
    """As after the catalog has changed: the one that is sorted by compares with no such value."""
    orders = (Order("points"), Order("city"))
    cursors = CustomerCursors(SEALER, orders, RULES.catalog.profile_traits)
    asked = {"orderBy": ORDERED, "first": 2}
    of_old = Customer("c1", 1, {"points": place or 2.5, "city": "A"})
    for side in ("after", "before"):
        found = await connection(subgraph, CUSTOMERS, {**asked, side: text(cursors.write(of_old))})
        assert found == "CURSOR_INVALID"
    of_now = cursors.write(Customer("c1", 1, {"points": 2}))
    assert (await connection(subgraph, CUSTOMERS, {**asked, "after": text(of_now)}))["edges"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": 1, "last": 1}, "PAGE_SIZE_INVALID"),
        ({"last": -1}, "PAGE_SIZE_INVALID"),
        ({"last": 201}, "PAGE_TOO_LARGE"),
        ({"first": 201}, "PAGE_TOO_LARGE"),
        ({"before": '"nonsense"'}, "CURSOR_INVALID"),
    ],
)
async def test_wrong_pages_are_refused(subgraph, arguments, code):
    for query in (CUSTOMERS, TIMELINE):
        assert await connection(subgraph, query, arguments) == code
