"""The schema that introspection shows to those who may not see all of it."""

from c360_federation import restrict_schema
from graphql import build_schema, print_schema, validate_schema
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = build_schema("""
type Query { a(x: Int, by: By): A find(by: By!): [A!]! i: I u: U kind: Kind }
type A implements I { id: ID! phone: String b: B }
type B implements I { id: ID! }
interface I { id: ID! }
union U = A | B
input By { phone: String kind: Kind }
enum Kind { X Y }
""")
COORDINATES = [
    "Query.a", "Query.a(x:)", "Query.a(by:)", "Query.find", "Query.find(by:)", "Query.i",
    "Query.u", "Query.kind", "A.id", "A.phone", "A.b", "B.id", "I.id", "By.phone", "By.kind",
    "Kind.X", "Kind.Y",
]  # fmt: skip


def without(*hidden):
    return restrict_schema(SCHEMA, lambda coordinate: coordinate not in hidden)


def test_everything_stays_when_everything_may_be_seen():
    assert print_schema(without()) == print_schema(SCHEMA)


def test_a_hidden_field_is_not_shown():
    assert "phone" not in without("A.phone").type_map["A"].fields


def test_a_hidden_argument_takes_a_field_along_only_when_it_is_required():
    schema = without("Query.a(by:)", "Query.find(by:)")
    assert set(schema.query_type.fields["a"].args) == {"x"}
    assert "find" not in schema.query_type.fields


def test_types_left_empty_go_with_all_that_mentions_them():
    schema = without("By.phone", "By.kind", "Kind.X", "Kind.Y")
    assert not {"By", "Kind"} & set(schema.type_map)
    assert "by" not in schema.query_type.fields["a"].args
    assert "kind" not in schema.query_type.fields


def test_what_cannot_be_given_any_more_takes_along_what_demands_it():
    schema = build_schema("""
        type Query { find(kind: Kind!): Int make(whole: Whole!): Int  i: Int }
        input Whole { kind: Kind! note: String }
        enum Kind { X }
    """)
    left = restrict_schema(schema, lambda coordinate: coordinate != "Kind.X")
    assert set(left.query_type.fields) == {"i"}
    assert not {"Whole", "Kind"} & set(left.type_map)
    left = restrict_schema(schema, lambda coordinate: coordinate != "Whole.kind")
    assert set(left.query_type.fields) == {"find", "i"}


def test_what_nothing_leads_to_goes_and_what_an_interface_leads_to_stays():
    schema = without("Query.a", "Query.find", "Query.u")
    assert {"I", "A", "B"} <= set(schema.type_map)
    schema = without("Query.a", "Query.find", "Query.u", "Query.i", "A.b")
    assert not {"I", "A", "B", "U", "By"} & set(schema.type_map)


def test_a_schema_that_may_be_written_alone_keeps_a_query_type_for_tools():
    schema = build_schema("type Query { a: Int } type Mutation { b: Int }")
    left = restrict_schema(schema, lambda coordinate: coordinate == "Mutation.b")
    assert (set(left.query_type.fields), set(left.mutation_type.fields)) == ({"_empty"}, {"b"})
    assert validate_schema(left) == []


def test_a_union_goes_with_its_last_member_and_stays_with_any():
    some = without("A.id", "A.phone", "A.b")
    assert [one.name for one in some.type_map["U"].types] == ["B"]
    none = without("A.id", "A.phone", "A.b", "B.id")
    assert not {"A", "B", "U"} & set(none.type_map)
    assert "u" not in none.query_type.fields


def test_roots_of_other_names_and_what_directives_mention_stay():
    schema = build_schema("""
        schema { query: Root }
        directive @limit(kind: Kind, by: By) on FIELD_DEFINITION
        type Root { a: Int b: Int }
        enum Kind { X }
        input By { note: String }
        enum Lonely { Y }
    """)
    left = restrict_schema(schema, lambda coordinate: coordinate != "Root.b")
    assert set(left.query_type.fields) == {"a"}
    assert {"Kind", "By"} <= set(left.type_map)
    assert "Lonely" not in left.type_map
    assert validate_schema(left) == []


def test_nothing_left():
    assert restrict_schema(SCHEMA, lambda _: False) is None


@given(st.sets(st.sampled_from(COORDINATES)))
def test_nothing_hidden_is_shown(hidden):
    schema = without(*hidden)
    if schema is None:
        return
    for name, kind in schema.type_map.items():
        if not name.startswith("__"):
            for part in (*getattr(kind, "fields", ()), *getattr(kind, "values", ())):
                assert f"{name}.{part}" not in hidden
    # An interface field that was hidden on one of its types alone is that policy's own doing.
    entries = [error.message for error in validate_schema(schema)]
    assert all("Interface field" in message for message in entries)
