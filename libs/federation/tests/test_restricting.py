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
    told = [error.message for error in validate_schema(schema)]
    assert all("Interface field" in message for message in told)
