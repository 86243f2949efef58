"""An operation beyond the limits gets one coded error, before anything is validated."""

import pytest
from c360_gateway.query.limits import LimitCheck, Limits, TooLarge

LIMITS = Limits(characters=500, tokens=60, depth=4, aliases=3, directives=2, fields=12)

DEEP = "QUERY_TOO_DEEP"


def code_of(query, limits=LIMITS):
    with pytest.raises(TooLarge) as caught:
        LimitCheck(limits).check(query)
    return caught.value.code


def test_an_operation_within_the_limits_passes_and_is_remembered():
    check = LimitCheck(LIMITS)
    check.check("{ a { b { c { d } } } }")
    check.check("{ a { b { c { d } } } }")


def test_what_cannot_be_parsed_is_left_to_the_parser():
    LimitCheck(LIMITS).check("{ a ")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ " + "a " * 600 + "}", "QUERY_TOO_LARGE"),
        ("{ a(l: [" + "1 " * 60 + "]) }", "TOO_MANY_TOKENS"),
        ("{ a { b { c { d { e } } } } }", DEEP),
        ("{ ...F } fragment F on Q { a { b { ...G } } } fragment G on Q { c { d { e } } }", DEEP),
        ("{ w: a x: a y: a z: a }", "TOO_MANY_ALIASES"),
        ("{ ...F ...F } fragment F on Q { x: a y: a }", "TOO_MANY_ALIASES"),
        ("{ a @x @x @x }", "TOO_MANY_DIRECTIVES"),
        ("query @x { ... @x { a @x } }", "TOO_MANY_DIRECTIVES"),
        ("{ a b c d e f g h i j k l m }", "TOO_MANY_FIELDS"),
        ("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }", DEEP),
    ],
)
def test_each_limit_has_its_code(query, code):
    assert code_of(query) == code


def test_fragments_that_multiply_are_counted_without_being_spread():
    fragments = " ".join(f"fragment F{n} on Q {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    query = f"{{ ...F0 }} {fragments} fragment F60 on Q {{ a }}"
    limits = Limits(characters=10_000, depth=100)
    assert code_of(query, limits) == "TOO_MANY_FIELDS"


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


async def test_the_pipeline_refuses_before_it_looks_at_the_schema(world):
    nested = "{ noSuchField " * 30 + "{ id }" + " }" * 30
    answer = await world.ask(nested, "privacy_officer")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_DEEP"
