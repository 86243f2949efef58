"""Hiding, looked at in a supergraph's document alone: what belongs to GraphQL, nested defaults."""

import pytest
from c360_federation.supergraph.hiding import hiding_problems
from graphql import parse

QUERY = "type Query { a: Int }"


def problems(sdl):
    found = hiding_problems(parse(sdl), machinery=frozenset({"join"}))
    return [(one.code, one.coordinate) for one in found]


@pytest.mark.parametrize(
    ("sdl", "coordinate"),
    [
        ("enum join__Graph @inaccessible { A }", "join__Graph"),
        ("enum join__Graph { A @inaccessible B }", "join__Graph"),
        ("input join__Context { a: Int @inaccessible b: Int }", "join__Context"),
        ("scalar Float @inaccessible", "Float"),
        ("type __Type @inaccessible { a: Int }", "__Type"),
        ("directive @d(a: Int @inaccessible) on OBJECT", "@d"),
        ("directive @d(a: Int @inaccessible) on FIELD | OBJECT", "@d"),
    ],
)
def test_what_belongs_to_graphql_or_a_specification_cannot_be_hidden(sdl, coordinate):
    assert problems(f"{QUERY} {sdl}") == [("DISALLOWED_INACCESSIBLE", coordinate)]


def test_a_default_is_followed_to_what_it_uses_at_any_depth():
    inputs = "input J { i: I n: Int } input I { e: [E!] } enum E { A B @inaccessible }"
    used = [("DEFAULT_VALUE_USES_INACCESSIBLE", "Query.a(j:)")]
    assert problems(f"type Query {{ a(j: J = {{i: {{e: [A, B]}}}}): Int }} {inputs}") == used
    assert problems(f"type Query {{ a(j: J = {{n: 1, i: {{e: [A]}}}}): Int }} {inputs}") == []


@pytest.mark.parametrize(
    ("sdl", "expected"),
    [
        ("directive @d(a: Int! @inaccessible) on FIELD", [("REQUIRED_INACCESSIBLE", "@d(a:)")]),
        ("directive @d(a: S) on FIELD scalar S @inaccessible",
         [("REFERENCED_INACCESSIBLE", "@d(a:)")]),
        ("directive @d(a: S) on OBJECT scalar S @inaccessible", []),
        ("directive @spec__d(a: S) on FIELD scalar S @inaccessible", []),
        ("directive @d(a: Int @inaccessible) on FIELD", []),
        ("enum other__Graph { A @inaccessible B }", []),
        ("type T { a(x: Int = 1, y: String = \"z\"): Int }", []),
        ("interface N { x(a: Int @inaccessible): Int } type A implements N { x(a: Int): Int }", []),
    ],
)  # fmt: skip
def test_directives_are_held_to_it_where_clients_apply_them(sdl, expected):
    assert problems(f"{QUERY} {sdl}") == expected
