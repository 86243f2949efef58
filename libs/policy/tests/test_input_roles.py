"""What a value is used for is read off the argument that takes it, whatever the value is called."""

from c360_policy.schema.input_roles import InputRoles
from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

ROLES = {
    "filter": "filter",
    "where": "filter",
    "orderBy": "sort",
    "sort": "sort",
    "first": "lookup",
    "reorder": "lookup",
    "filtered": "lookup",
    "border": "lookup",
}
NAMES = ("City", "BorderInput", "OrderFilter", "FilterOrder", "SortWhere")


@given(st.sampled_from(sorted(ROLES)), st.permutations(NAMES))
def test_a_value_has_the_role_of_its_argument_at_any_depth(argument, names):
    outer, inner, enum, member, query = names
    schema = build_schema(f"""
        enum {enum} {{ {member} }}
        input {inner} {{ again: {outer} by: [{enum}!] }}
        input {outer} {{ held: [{inner}] }}
        type Query {{ {query}({argument}: {outer}, id: ID): Int }}
    """)
    roles, field = InputRoles(schema), f"Query.{query}"
    for coordinate in (f"{field}({argument}:)", f"{outer}.held", f"{inner}.by", f"{enum}.{member}"):
        assert roles.of(field, coordinate) == ROLES[argument]
    assert roles.of(field, f"{field}(id:)") == "lookup"


def test_each_field_takes_a_type_in_its_own_role():
    schema = build_schema("""
        input Given { city: String }
        type Query { a(filter: Given): Int b(orderBy: Given): Int c(like: Given): Int }
        type Place { near(where: Given): Int }
    """)
    roles = InputRoles(schema)
    values = {one: roles.of(one, "Given.city") for one in ("Query.a", "Query.b", "Query.c")}
    assert values == {"Query.a": "filter", "Query.b": "sort", "Query.c": "lookup"}
    assert roles.of("Place.near", "Given.city") == "filter"
    assert roles.of(None, "Given.city") == "lookup"


def test_of_several_roles_the_one_that_tells_most_is_put_on_record():
    schema = build_schema("""
        input Given { city: String }
        type Query {
          a(near: Given, orderBy: Given, filter: Given): Int
          b(a: Given, sort: Given): Int
        }
    """)
    roles = InputRoles(schema)
    assert (roles.of("Query.a", "Given.city"), roles.of("Query.b", "Given.city")) == (
        "filter",
        "sort",
    )
