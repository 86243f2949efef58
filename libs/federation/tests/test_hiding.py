"""What is @inaccessible is reachable through nothing that clients see: composing and reading."""

import pytest
from c360_federation import (
    CompositionError,
    SubgraphSdl,
    SupergraphError,
    compose,
    read_supergraph,
)
from c360_federation.compose.printing import header
from c360_federation.compose.subgraph import Subgraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", '
    'import: ["@inaccessible"])\n'
)
REFUSED = [
    ("IMPLEMENTED_BY_INACCESSIBLE",
     "type Query { f: N } interface N { id: ID x: Int } "
     "type A implements N { id: ID x: Int @inaccessible }"),
    ("IMPLEMENTED_BY_INACCESSIBLE",
     "type Query { f: N } interface N { id: ID x: Int } "
     "interface M implements N { id: ID x: Int @inaccessible } type A implements N & M "
     "{ id: ID x: Int }"),
    ("IMPLEMENTED_BY_INACCESSIBLE",
     "type Query { f: N } interface N { x(a: Int): Int } "
     "type A implements N { x(a: Int @inaccessible): Int }"),
    ("REFERENCED_INACCESSIBLE", "type Query { a: Int t: T } type T @inaccessible { a: Int }"),
    ("REFERENCED_INACCESSIBLE", "type Query { a(i: I): Int } input I @inaccessible { a: Int }"),
    ("REFERENCED_INACCESSIBLE", "type Query { a(i: J): Int } input J { a: Int b: I } "
     "input I @inaccessible { a: Int }"),
    ("REFERENCED_INACCESSIBLE", "type Query { a: S b: Int } scalar S @inaccessible"),
    ("REFERENCED_INACCESSIBLE", "type Query { a: E b: Int } enum E @inaccessible { V }"),
    ("REFERENCED_INACCESSIBLE",
     "type Query { a: U b: Int } union U @inaccessible = T type T { x: Int }"),
    ("REQUIRED_INACCESSIBLE", "type Query { a(x: Int! @inaccessible): Int }"),
    ("REQUIRED_INACCESSIBLE",
     "type Query { a(i: I): Int } input I { a: Int b: Int! @inaccessible }"),
    ("REQUIRED_INACCESSIBLE",
     "type Query { f: N } interface N { x(a: Int! = 1 @inaccessible): Int } "
     "type A implements N { x(a: Int!): Int }"),
    ("DEFAULT_VALUE_USES_INACCESSIBLE",
     "type Query { a(e: E = B): Int } enum E { A B @inaccessible }"),
    ("DEFAULT_VALUE_USES_INACCESSIBLE",
     "type Query { a(e: [E!] = [A, B]): Int } enum E { A B @inaccessible }"),
    ("DEFAULT_VALUE_USES_INACCESSIBLE",
     "type Query { a(i: I = {b: 1}): Int } input I { a: Int b: Int @inaccessible }"),
    ("DEFAULT_VALUE_USES_INACCESSIBLE",
     "type Query { a(j: J): Int } input J { i: I = {b: 1} } "
     "input I { a: Int b: Int @inaccessible }"),
    ("ONLY_INACCESSIBLE_CHILDREN", "type Query { t: T } type T { a: Int @inaccessible }"),
    ("ONLY_INACCESSIBLE_CHILDREN", "type Query { a: E } enum E { A @inaccessible }"),
    ("ONLY_INACCESSIBLE_CHILDREN", "type Query { a(i: I): Int } input I { a: Int @inaccessible }"),
    ("ONLY_INACCESSIBLE_CHILDREN",
     "type Query { a: U b: Int } union U = T type T @inaccessible { x: Int }"),
    ("QUERY_ROOT_TYPE_INACCESSIBLE", "type Query @inaccessible { a: Int }"),
]  # fmt: skip
IDS = [f"{n}-{one[0]}" for n, one in enumerate(REFUSED)]
KEPT = [
    "type Query { f: N } interface N { id: ID x: Int @inaccessible } "
    "type A implements N { id: ID x: Int @inaccessible }",
    "type Query { f: A } interface N @inaccessible { id: ID x: Int } "
    "type A implements N { id: ID x: Int @inaccessible }",
    "type Query { f: N } interface N { id: ID x: Int } type A implements N { id: ID x: Int } "
    "type B implements N @inaccessible { id: ID x: Int @inaccessible }",
    "type Query { a: Int t: T @inaccessible } type T @inaccessible { a: Int }",
    "type Query { a(x: Int! = 1 @inaccessible): Int b(x: Int @inaccessible): Int }",
    "type Query { a(i: I): Int } input I { a: Int b: Int! = 2 @inaccessible }",
    "type Query { a(e: E = A): Int } enum E { A B @inaccessible }",
    "type Query { a(e: E = B @inaccessible): Int } enum E { A B @inaccessible }",
    "type Query { a: U } union U = T | V type T @inaccessible { x: Int } type V { x: Int }",
]


@pytest.mark.parametrize("code, sdl", REFUSED, ids=IDS)
def test_what_is_hidden_and_still_reachable_does_not_compose(code, sdl):
    with pytest.raises(CompositionError) as refused:
        compose([SubgraphSdl("a", LINK + sdl)])
    assert code in {one.code for one in refused.value.problems}


@pytest.mark.parametrize("sdl", KEPT, ids=range(len(KEPT)))
def test_what_is_hidden_well_composes(sdl):
    schema = read_supergraph(compose([SubgraphSdl("a", LINK + sdl)])).schema
    assert schema.query_type is not None


def foreign(sdl):
    """A supergraph as a careless composer would write it."""
    graph = Subgraph("a", "A", "", False, {})
    return header([graph], ["inaccessible"], {"query": "Query"}) + "\n" + sdl


@pytest.mark.parametrize("code, sdl", REFUSED, ids=IDS)
def test_a_supergraph_that_shows_what_it_hides_is_refused(code, sdl):
    with pytest.raises(SupergraphError) as refused:
        read_supergraph(foreign(sdl))
    assert refused.value.code == code


@pytest.mark.parametrize("sdl", KEPT, ids=range(len(KEPT)))
def test_a_supergraph_that_hides_well_is_read(sdl):
    assert read_supergraph(foreign(sdl)).schema.query_type is not None


@pytest.mark.parametrize(
    "sdl",
    [
        "type Query { f: N } interface N { x: Int } type A implements N { y: Int }",
        "type Query { f: Missing }",
        "type Query { f(i: T): Int } type T { x: Int }",
        "type Query { f: N } interface N { x: Int } type A implements N { x: String }",
    ],
)
def test_a_supergraph_whose_api_is_no_valid_schema_is_refused(sdl):
    with pytest.raises(SupergraphError) as refused:
        read_supergraph(foreign(sdl))
    assert refused.value.code == "SUPERGRAPH_INVALID"


@pytest.mark.parametrize(
    "code, sdl",
    [
        ("UNSUPPORTED_FEATURE",
         'type Query { a: Int @override(from: "b", label: "percent(1)") }'),
        ("UNSUPPORTED_FEATURE", 'type Query { a: Int @override(from: "b", label: "mine") }'),
        ("OVERRIDE_LABEL_INVALID",
         'type Query { a: Int @override(from: "b", label: "percent(101)") }'),
        ("OVERRIDE_LABEL_INVALID", 'type Query { a: Int @override(from: "b", label: "") }'),
        ("UNSUPPORTED_FEATURE",
         'type Query { u: U } type U @key(fields: "id") @context(name: "uc") '
         "{ id: ID! locale: String t: T } "
         'type T @key(fields: "id") { id: ID! '
         'msg(l: String @fromContext(field: "$uc { locale }")): String }'),
    ],
)  # fmt: skip
def test_what_the_engine_cannot_honour_does_not_compose(code, sdl):
    link = LINK.replace("v2.5", "v2.9").replace(
        '"@inaccessible"', '"@key", "@override", "@context", "@fromContext"'
    )
    with pytest.raises(CompositionError) as refused:
        compose([SubgraphSdl("a", link + sdl)])
    assert {one.code for one in refused.value.problems} == {code}
