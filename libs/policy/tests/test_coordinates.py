"""Tags and denials of coordinates: said in one place, they hold through every other."""

from c360_policy.reading.parsing import policy_of
from c360_policy.schema.coordinates import coordinates_of, interfaces_of
from c360_policy.table import compile_table
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


@given(st.sampled_from(PLACES), st.sampled_from(("read", "write", "lookup")))
def test_what_is_denied_of_an_interface_is_denied_in_every_type_that_has_it(place, act):
    obj = place if "." in place else f"{place}.*"
    lines = [
        ["agent", "*", act, "", "allow", "*", "", "", "all"],
        ["agent", obj, act, "", "deny", "*", "", "", "not-this"],
    ]
    coordinates, interfaces = coordinates_of(SCHEMA, {}), interfaces_of(SCHEMA)
    table = compile_table(policy_of(lines, []), ["agent"], "", coordinates, 0, interfaces)
    decided = {"read": table.read, "write": table.write, "lookup": table.lookup}[act]
    for coordinate, above in INHERITS.items():
        is_denied = place in (coordinate, *above)
        assert (decided(coordinate).action == "deny") == is_denied, coordinate
        assert ("not-this" in decided(coordinate).rule_ids) == is_denied


def test_what_is_denied_of_an_interface_is_denied_with_its_arguments():
    lines = [
        ["agent", "*", "read", "", "allow", "*", "", "", "all"],
        ["agent", "Called.number", "read", "", "deny", "*", "", "", "no-number"],
    ]
    coordinates, interfaces = coordinates_of(SCHEMA, {}), interfaces_of(SCHEMA)
    table = compile_table(policy_of(lines, []), ["agent"], "", coordinates, 0, interfaces)
    assert table.read("Call.number(of:)").action == "deny"
    assert table.read("Visit.number").action == "allow"


def test_a_grant_on_an_interface_grants_nothing_in_other_types():
    lines = [["agent", "Named.name", "read", "", "allow", "*", "", "", "named"]]
    coordinates, interfaces = coordinates_of(SCHEMA, {}), interfaces_of(SCHEMA)
    table = compile_table(policy_of(lines, []), ["agent"], "", coordinates, 0, interfaces)
    assert table.read("Named.name").action == "allow"
    assert table.read("Visit.name").action == "deny"


def test_every_member_of_the_schema_has_a_coordinate_and_introspection_has_none():
    found = coordinates_of(SCHEMA, {})
    assert {*INHERITS, "Query.calls(filter:)", "Call.number(of:)"} <= set(found)
    assert not any(name.startswith("__") for name in found)
