"""An operation beyond the limits gets one coded error, before anything is validated."""

import pytest

DEEP = "QUERY_TOO_DEEP"
NESTED = "{ noSuchField " * 30 + "{ id }" + " }" * 30


def aliased(count):
    return " ".join(f"a{n}: id" for n in range(count))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ noSuchField } #" + "x" * 20_000, "QUERY_TOO_LARGE"),
        ("{ noSuchField(l: [" + "1 " * 2_000 + "]) }", "TOO_MANY_TOKENS"),
        (NESTED, DEEP),
        ("{ ...F } fragment F on Query { ...G } fragment G on Query " + NESTED, DEEP),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", DEEP),
        ("{ noSuchField { " + aliased(31) + " } }", "TOO_MANY_ALIASES"),
        ("{ ...F ...F } fragment F on Query { " + aliased(16) + " }", "TOO_MANY_ALIASES"),
        ("{ noSuchField " + "@x " * 51 + "}", "TOO_MANY_DIRECTIVES"),
        ("{ " + "__typename " * 102 + "}", "TOO_MANY_REPEATS"),
        (
            "{ noSuchField { " + "id " * 52 + "} a { ... on B { " + "id " * 52 + "} } }",
            "TOO_MANY_REPEATS",
        ),
        ("query @x { ... @x { a " + "@x " * 49 + "} }", "TOO_MANY_DIRECTIVES"),
    ],
)
async def test_each_limit_has_its_code_whatever_else_is_wrong(world, query, code):
    answer = await world.ask(query, "privacy_officer")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code
    assert "data" not in answer
    assert world.calls == []


async def test_an_operation_just_within_the_limits_is_answered(world):
    query = '{ customer(id: "c1") { ' + aliased(30) + " id" * 101 + " } }"
    answer = await world.ask(query, "privacy_officer")
    assert set(answer["data"]["customer"].values()) == {"c1"}


async def test_fragments_that_multiply_are_refused(world):
    fragments = " ".join(
        f"fragment F{n} on Customer {{ ...F{n + 1} ... on Customer {{ id ...F{n + 1} }} }}"
        for n in range(12)
    )
    query = f'{{ customer(id: "c1") {{ ...F0 }} }} {fragments} fragment F12 on Customer {{ id }}'
    (error,) = (await world.ask(query, "privacy_officer"))["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_FIELDS"


async def test_what_costs_too_much_is_refused_with_the_limit_that_it_is_beyond(make_world):
    world = await make_world(query_cost=100)
    query = "{ customers { edges { node { timeline { name } anything { __typename } } } } }"
    (error,) = (await world.ask(query, "privacy_officer"))["errors"]
    assert error["extensions"] == {
        "code": "OPERATION_TOO_LARGE",
        "retryable": False,
        "limit": "type_cost",
        "most": 100,
    }
    assert world.calls == []


@pytest.mark.parametrize(
    "query",
    [
        "{ a" * 990,
        "{ a" * 660 + " }" * 660,
        "{ customer(id: " + "[" * 900 + "]" * 900 + ") { id } }",
        "{ customer(id: " + "{a:" * 600 + "1" + "}" * 600 + ") { id } }",
    ],
)
async def test_nesting_beyond_reason_is_refused_with_a_code(world, query):
    answer = await world.ask(query, "privacy_officer")
    assert answer["errors"][0]["extensions"]["code"] != "INTERNAL"
    assert "data" not in answer
