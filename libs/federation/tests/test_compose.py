"""Composition: what joins, and what is refused with which code."""

import pytest
from c360_federation import CompositionError, SubgraphSdl, compose, read_supergraph
from graphql import print_schema

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible",
  "@interfaceObject", "@tag", "@extends"])
"""
ROOT = "type Query { root: Int }"


def composed(*sdls, link=LINK):
    names = "abcdefgh"
    sources = [SubgraphSdl(names[n], link + sdl, f"http://{n}") for n, sdl in enumerate(sdls)]
    return compose(sources)


def model(*sdls, link=LINK):
    return read_supergraph(composed(*sdls, link=link))


def fields_of(supergraph, graph, type_name):
    return supergraph.types_by_graph[graph][type_name].fields


def test_tags_are_carried_on_everything_that_has_a_coordinate():
    supergraph = model(
        """
        type Query { find(by: By @tag(name: "arg"), kind: Kind): Thing @tag(name: "field") }
        type Thing @key(fields: "id") @tag(name: "type") { id: ID! @tag(name: "a") }
        input By { phone: String @tag(name: "input") }
        enum Kind { A @tag(name: "value") B }
        """,
        'type Thing @key(fields: "id") { id: ID! @tag(name: "b") extra: Int }',
    )
    assert supergraph.tags == {
        "Query.find": {"field"},
        "Query.find(by:)": {"arg"},
        "Thing": {"type"},
        "Thing.id": {"a", "b"},
        "By.phone": {"input"},
        "Kind.A": {"value"},
    }


def test_output_types_widen_and_input_types_narrow():
    supergraph = model(
        "type Query { f(a: Int!, b: Int): Int! @shareable g: [Int!]! @shareable }",
        "type Query { f(a: Int, b: Int): Int @shareable g: [Int]! @shareable }",
    )
    assert "f(a: Int!, b: Int): Int\n" in print_schema(supergraph.schema)
    assert "g: [Int]!" in print_schema(supergraph.schema)
    assert fields_of(supergraph, "A", "Query")["f"].type == "Int!"


def test_inputs_are_what_all_know():
    supergraph = model(
        "type Query { f(i: In, only: Int): Int @shareable } input In { a: Int b: Int }",
        "type Query { f(i: In): Int @shareable } input In { a: Int }",
    )
    assert "f(i: In): Int" in print_schema(supergraph.schema)
    assert set(supergraph.schema.type_map["In"].fields) == {"a"}


def test_enums_join_by_use():
    supergraph = model(
        "type Query { o: Out @shareable i(x: In): Int @shareable } enum Out { A } enum In { A B }",
        "type Query { o: Out @shareable i(x: In): Int @shareable } enum Out { B } enum In { B C }",
    )
    assert set(supergraph.schema.type_map["Out"].values) == {"A", "B"}
    assert set(supergraph.schema.type_map["In"].values) == {"B"}


def test_an_external_key_of_an_extension_is_answered():
    supergraph = model(
        'type Query { t: T } type T @key(fields: "id") { id: ID! }',
        'extend type T @key(fields: "id") { id: ID! @external x: Int }',
    )
    assert not fields_of(supergraph, "B", "T")["id"].external


@pytest.mark.parametrize("extend", ["extend type T @key", "type T @extends @key"])
def test_federation_1_subgraphs(extend):
    supergraph = model(
        'type Query { t: T } type T @key(fields: "id") { id: ID! name: String }',
        f"""type Query {{ u: T @provides(fields: "name") }}
        {extend}(fields: "id") {{ id: ID! @external name: String @external x: Int
        unused: Int @external }}""",
        link="",
    )
    declared = fields_of(supergraph, "B", "T")
    assert (declared["id"].external, declared["name"].external) == (False, True)
    assert "unused" not in declared


def test_an_overridden_key_field_stays_usable():
    supergraph = model(
        'type Query { t: T } type T @key(fields: "id") @key(fields: "no") '
        "{ id: ID! no: ID! a: Int }",
        'type T @key(fields: "id") @key(fields: "no") '
        '{ id: ID! @override(from: "a") no: ID! a: Int @override(from: "a") }',
    )
    declared = fields_of(supergraph, "A", "T")
    assert not declared["id"].external
    assert "a" not in declared


def test_types_owe_the_fields_of_interface_objects():
    supergraph = model(
        """type Query { i: I } interface I @key(fields: "id") { id: ID! }
        type C implements I @key(fields: "id") { id: ID! }""",
        'type I @key(fields: "id") @interfaceObject { id: ID! name: String! }',
    )
    assert "name" in supergraph.schema.type_map["C"].fields
    assert all("name" not in types.get("C", _Empty).fields for types in _graphs(supergraph))


class _Empty:
    fields = ()


def _graphs(supergraph):
    return supergraph.types_by_graph.values()


def test_names_under_a_namespace_or_another_name():
    link = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", as: "fed",
      import: [{name: "@key", as: "@id"}])\n"""
    supergraph = model(
        'type Query { t: T } type T @id(fields: "id") { id: ID! n: Int @fed__shareable }',
        'type T @id(fields: "id") { id: ID! n: Int @fed__shareable }',
        link=link,
    )
    assert supergraph.types_by_graph["A"]["T"].keys[0].text == "id"


def test_roots_may_have_other_names():
    supergraph = model(
        "schema { query: Q mutation: M } type Q { a: Q } type M { b: Int }",
        ROOT,
        link='extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")\n',
    )
    assert supergraph.roots == {"query": "Query", "mutation": "Mutation"}
    assert set(supergraph.schema.query_type.fields) == {"a", "root"}


def test_descriptions_defaults_and_deprecations_survive():
    text = composed(
        '''"""Where all begins"""
        type Query { f(n: Int = 3): Int @deprecated(reason: "old \\"quotes\\"") }'''
    )
    printed = print_schema(read_supergraph(text).schema)
    assert "Where all begins" in printed
    assert "n: Int = 3" in printed
    assert "@deprecated" in printed


def test_subgraph_machinery_is_left_out():
    supergraph = model(
        """type Query { t: T _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }
        type T @key(fields: "id") { id: ID! }
        scalar _Any type _Service { sdl: String } union _Entity = T"""
    )
    assert set(supergraph.schema.query_type.fields) == {"t"}
    assert not {"_Any", "_Entity", "_Service"} & set(supergraph.schema.type_map)


def test_names_of_graphs_are_made_unique():
    text = compose([SubgraphSdl("a-b", ROOT), SubgraphSdl("a_b", "type Query { x: Int }")])
    assert {one.name for one in read_supergraph(text).graphs.values()} == {"a-b", "a_b"}


T = 'type Query { t: T } type T @key(fields: "id") { id: ID! }'
BAD = [
    ("INVALID_GRAPHQL", ["type Query {"]),
    ("INVALID_GRAPHQL", ["type Query { a: Missing }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int a: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int } type Query { b: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int @unknown }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int @authenticated }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int @deprecated(why: 1) }"]),
    ("INVALID_GRAPHQL", ["type Query { t: T } type T @key { id: ID! }"]),
    ("INVALID_GRAPHQL", ["type Query { a: In } input In { a: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a(x: T): Int } type T { a: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a: E } enum E { A A }"]),
    ("INVALID_GRAPHQL", ["type Query { a: T } type T implements I { a: Int } "
     "interface I { b: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int } union U = Int"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int } type T"]),
    ("KEY_INVALID_FIELDS_TYPE", ["type Query @key(fields: 3) { a: Int }"]),
    ("INVALID_GRAPHQL", ["type Query { a: Int } extend enum Query { A }"]),
    ("INVALID_GRAPHQL", ["type Query { a(x: Int, x: Int): Int }"]),
    ("INVALID_GRAPHQL", ["type Query { __a: Int }"]),
    ("NO_QUERIES", ["type T { a: Int }"]),
    ("KEY_INVALID_FIELDS", ['type Query { t: T } type T @key(fields: "nope") { id: ID! }']),
    ("KEY_INVALID_FIELDS", ['type Query { t: T } type T @key(fields: "{") { id: ID! }']),
    ("KEY_INVALID_FIELDS", ['type Query { t: T } type T @key(fields: "id { x }") { id: ID! }']),
    ("KEY_INVALID_FIELDS",
     ['type Query { t: T } type T @key(fields: "o") { o: O } type O { x: Int }']),
    ("KEY_FIELDS_HAS_ARGS", ['type Query { t: T } type T @key(fields: "id") { id(x: Int): ID! }']),
    ("KEY_FIELDS_SELECT_INVALID_TYPE",
     ['type Query { t: T } type T @key(fields: "i { x }") { i: I } interface I { x: Int }']),
    ("REQUIRES_INVALID_FIELDS", 
     [T, 'type T @key(fields: "id") { id: ID! x: Int @requires(fields: "y") }']),
    ("REQUIRES_FIELDS_MISSING_EXTERNAL",
     [T, 'type T @key(fields: "id") { id: ID! y: Int x: Int @requires(fields: "y") }']),
    ("PROVIDES_INVALID_FIELDS", [T, 'type Query { u: T @provides(fields: "y") } '
     'type T @key(fields: "id") { id: ID! }']),
    ("PROVIDES_FIELDS_MISSING_EXTERNAL", [T, 'type Query { u: T @provides(fields: "y") } '
     'type T @key(fields: "id") { id: ID! y: Int }']),
    ("PROVIDES_ON_NON_OBJECT_FIELD", ['type Query { a: Int @provides(fields: "y") }']),
    ("EXTERNAL_UNUSED", [T, 'type T @key(fields: "id") { id: ID! y: Int @external }']),
    ("EXTERNAL_MISSING_ON_BASE",
     [T, 'type T @key(fields: "id") { id: ID! y: Int @external x: Int @requires(fields: "y") }']),
    ("INVALID_FIELD_SHARING", ["type Query { a: Int }", "type Query { a: Int @shareable }"]),
    ("INVALID_FIELD_SHARING", [T + " extend type T { x: Int }",
                               'type T @key(fields: "id") { id: ID! x: Int }']),
    ("FIELD_TYPE_MISMATCH",
     ["type Query { a: Int @shareable }", "type Query { a: ID @shareable }"]),
    ("FIELD_TYPE_MISMATCH",
     ["type Query { a: [Int] @shareable }", "type Query { a: Int @shareable }"]),
    ("FIELD_ARGUMENT_TYPE_MISMATCH",
     ["type Query { a(x: Int): Int @shareable }", "type Query { a(x: ID): Int @shareable }"]),
    ("REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
     ["type Query { a(x: Int!): Int @shareable }", "type Query { a: Int @shareable }"]),
    ("REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
     ["type Query { a(i: I): Int } input I { a: Int b: Int! }",
      "type Query { b(i: I): Int } input I { a: Int }"]),
    ("FIELD_TYPE_MISMATCH", ["type Query { a(i: I): Int } input I { a: Int }",
                                   "type Query { b(i: I): Int } input I { a: ID }"]),
    ("EMPTY_MERGED_INPUT_TYPE", ["type Query { a(i: I): Int } input I { a: Int }",
                                 "type Query { b(i: I): Int } input I { b: Int }"]),
    ("EMPTY_MERGED_ENUM_TYPE", ["type Query { a(i: E): Int } enum E { A }",
                                "type Query { b(i: E): Int } enum E { B }"]),
    ("ENUM_VALUE_MISMATCH", ["type Query { a(i: E): E } enum E { A B }",
                             "type Query { b(i: E): E } enum E { B }"]),
    ("TYPE_KIND_MISMATCH", ["type Query { a: X } type X { a: Int }",
                            "type Query { b: X } enum X { A }"]),
    ("OVERRIDE_FROM_SELF_ERROR", ['type Query { a: Int @override(from: "a") }']),
    ("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
     [T + " extend type T { x: Int }", 'type T @key(fields: "id") { id: ID! x: Int @external '
      '@override(from: "a") y: Int @requires(fields: "x") }']),
    ("OVERRIDE_SOURCE_HAS_OVERRIDE", ['type Query { x: Int @override(from: "b") }',
                                      'type Query { x: Int @override(from: "a") }']),
    ("INTERFACE_FIELD_NO_IMPLEM",
     ["type Query { i: I } interface I { a: Int } type C implements I { a: Int }",
      "type Query { j: I } interface I { b: Int a: Int } type D implements I { a: Int b: Int }"]),
    ("INTERFACE_OBJECT_USAGE_ERROR",
     ['type Query { i: I } type I @key(fields: "id") @interfaceObject { id: ID! }']),
    ("INTERFACE_OBJECT_USAGE_ERROR",
     ['type Query { i: I } interface I @key(fields: "id") { id: ID! } '
      'type C implements I @key(fields: "id") { id: ID! }',
      "type I @interfaceObject { id: ID! @shareable }"]),
    ("INVALID_TAG_NAME", ['type Query { a: Int @tag(name: "no good") }']),
    ("QUERY_ROOT_TYPE_INACCESSIBLE", ["type Query @inaccessible { a: Int }"]),
    ("ONLY_INACCESSIBLE_CHILDREN", ["type Query { t: T } type T { a: Int @inaccessible }"]),
    ("REFERENCED_INACCESSIBLE", ["type Query { t: T } type T @inaccessible { a: Int }"]),
    ("REQUIRED_INACCESSIBLE", ["type Query { a(x: Int! @inaccessible): Int }"]),
    ("SATISFIABILITY_ERROR", [T, 'type T @key(fields: "code") { code: ID! x: Int }']),
    ("SATISFIABILITY_ERROR", ["type Query { t: T } type T { a: Int @shareable }",
                              ROOT + " type T { a: Int @shareable b: Int }"]),
]  # fmt: skip


@pytest.mark.parametrize("code, sdls", BAD, ids=[f"{n}-{one[0]}" for n, one in enumerate(BAD)])
def test_bad_subgraphs_are_refused_with_a_code(code, sdls):
    with pytest.raises(CompositionError) as refused:
        composed(*sdls)
    problems = [one for one in refused.value.problems if one.code == code]
    assert problems, refused.value
    for problem in problems:
        assert problem.subgraphs
        is_placed = all(repr(name) in problem.message for name in problem.subgraphs)
        assert is_placed or problem.coordinate or code == "NO_QUERIES"


def test_an_import_that_is_missing_is_named():
    link = LINK.replace('"@shareable", ', "")
    with pytest.raises(CompositionError, match=r'import: \["@shareable"\]'):
        composed("type Query { a: Int @shareable }", link=link)


def test_an_unknown_version():
    with pytest.raises(CompositionError, match="UNKNOWN_FEDERATION_LINK_VERSION"):
        composed(
            ROOT, link='extend schema @link(url: "https://specs.apollo.dev/federation/v3.0")\n'
        )


def test_nothing_and_doubles():
    with pytest.raises(CompositionError, match="NO_SUBGRAPHS"):
        compose([])
    with pytest.raises(CompositionError, match="DUPLICATE_SUBGRAPH_NAME"):
        compose([SubgraphSdl("a", ROOT), SubgraphSdl("a", ROOT)])


def test_all_problems_are_told_at_once():
    with pytest.raises(CompositionError) as refused:
        composed("type Query { a: Int b: Int }", "type Query { a: Int b: ID }")
    assert {one.coordinate for one in refused.value.problems} == {"Query.a", "Query.b"}
