"""Tags of coordinates: forgotten in one place, they still hold through every other."""

from c360_gateway.policy.coordinates import coordinates_of
from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = build_schema("""
interface Named { name: String }
interface Called implements Named { name: String number(of: String): String }
type Call implements Named & Called { name: String number(of: String): String note: String }
type Visit implements Named { name: String number: String }
input Filter { name: String }
enum Order { NAME }
type Query { calls(filter: Filter, order: Order): [Call] }
""")
INHERITS = {
    "Call.name": {"Call", "Named", "Named.name", "Called", "Called.name"},
    "Call.number": {"Call", "Called", "Called.number"},
    "Call.note": {"Call"},
    "Called.name": {"Called", "Named", "Named.name"},
    "Called.number": {"Called"},
    "Visit.name": {"Visit", "Named", "Named.name"},
    "Visit.number": {"Visit"},
    "Filter.name": {"Filter"},
    "Order.NAME": {"Order"},
    "Query.calls": {"Query"},
}
PLACES = sorted({*INHERITS, *(one for many in INHERITS.values() for one in many)})


@given(st.dictionaries(st.sampled_from(PLACES), st.frozensets(st.sampled_from("abc"), min_size=1)))
def test_a_coordinate_carries_its_own_tags_its_types_and_its_interfaces(tags):
    found = coordinates_of(SCHEMA, tags)
    for coordinate, above in INHERITS.items():
        expected = {tag for place in (coordinate, *above) for tag in tags.get(place, ())}
        assert found[coordinate] == expected, coordinate


def test_every_member_of_the_schema_has_a_coordinate_and_introspection_has_none():
    found = coordinates_of(SCHEMA, {})
    assert {*INHERITS, "Query.calls(filter:)", "Call.number(of:)"} <= set(found)
    assert not any(name.startswith("__") for name in found)
