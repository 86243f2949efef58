"""What one request may bring along and take, whatever its text looks like."""

import time

import pytest
from c360_federation import SubgraphRequest
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.transport.in_process import InProcess
from c360_kernel.context import CallerContext
from c360_kernel.deadline import seconds_left

FILTERED = "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }"
MUTATION = "mutation($records: JSON) { noSuchMutation(records: $records) }"


def code(answer):
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"f": {"tier": {"eq": "x" * 400_000}}}, "VARIABLES_TOO_LARGE"),
        ({"f": [{"tier": {"eq": "x"}}] * 300}, "TOO_MANY_CONDITIONS"),
        ({"f": [[[0] * 20] * 20] * 20}, "TOO_MANY_LIST_ITEMS"),
        ({"f": {f"a{n}": None for n in range(20_000)}}, "TOO_MANY_CONDITIONS"),
        ({"f": ["x"] * 200_000}, "TOO_MANY_LIST_ITEMS"),
    ],
)
async def test_variables_are_measured_before_they_are_read(make_world, variables, expected):
    world = await make_world(max_read_body_bytes=300_000, query_list_items=1_000)
    world.gateway.pipeline._bodies = type(world.gateway.pipeline._bodies)(8_000_000, 8_000_000)
    answer = await world.ask(FILTERED, "support_agent", variables=variables)
    assert code(answer) == [expected]
    assert world.calls == []


async def test_values_nested_without_end_are_refused(world):
    value = {"f": None}
    for _ in range(100):
        value = {"f": value}
    answer = await world.ask(FILTERED, "support_agent", variables=value)
    assert code(answer) == ["VARIABLES_TOO_DEEP"]


async def test_who_may_not_write_sends_less_than_who_may(world):
    body = {"query": "{ __typename }", "variables": {"unused": "x" * 1_500_000}}
    reader = await world.post(body, world.token("support_agent"))
    assert (reader.status_code, code(reader.json())) == (413, ["BODY_TOO_LARGE"])
    writer = await world.post(body, world.token("connector"))
    assert (writer.status_code, code(writer.json())) == (413, ["BODY_TOO_LARGE"])
    body["query"] = MUTATION
    writer = await world.post(body, world.token("connector"))
    assert (writer.status_code, code(writer.json())) == (200, ["GRAPHQL_VALIDATION_FAILED"])


async def test_an_answer_of_too_many_objects_is_ended(make_world):
    world = await make_world(answer_objects=100, query_aliases=1_000)
    inner = " ".join(f"i{n}: identifiers {{ card }}" for n in range(20))
    query = "{ " + " ".join(f'a{n}: customer(id: "c1") {{ {inner} }}' for n in range(8)) + " }"
    answer = await world.ask(query, "privacy_officer")
    assert (answer["data"], code(answer)) == (None, ["ANSWER_TOO_LARGE"])


async def test_a_filter_of_a_form_is_answered(world):
    answer = await world.ask(FILTERED, "support_agent", variables={"f": {"tier": {"eq": "gold"}}})
    assert "errors" not in answer


class Asked:
    """A subgraph that notes how long it is given."""

    def __init__(self):
        self.seconds = []

    async def execute(self, query, variables, operation_name, caller):
        self.seconds.append(seconds_left())
        return {"data": {}}


@pytest.mark.parametrize(("ends_in", "given"), [(5.0, 5.0), (-1.0, 0.0), (None, None)])
async def test_a_subgraph_of_this_process_knows_how_long_it_has(ends_in, given):
    principal = Principal("local", "ann", (), "", frozenset(), 0)
    ends_at = None if ends_in is None else time.monotonic() + ends_in
    context = OperationContext(CallerContext("ann", ()), principal, ends_at=ends_at)
    service = Asked()
    await InProcess({"api": service}).execute("api", SubgraphRequest("{ a }", {}), context)
    assert service.seconds == [pytest.approx(given, abs=0.5) if given else given]
    assert seconds_left() is None


async def test_what_is_read_has_so_many_seconds(make_world):
    world = await make_world(query_seconds=3)
    seen = []
    subgraph = world.subgraphs["people"]
    execute = subgraph.execute

    async def noted(*requested):
        seen.append(seconds_left())
        return await execute(*requested)

    subgraph.execute = noted
    await world.ask('{ customer(id: "c1") { id } }', "privacy_officer")
    assert seen
    assert all(0 < one <= 3 for one in seen)
