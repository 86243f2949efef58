"""What one request may bring along and take, whatever its text looks like."""

import pytest

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
    assert world.asked == []


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
