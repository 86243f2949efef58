"""A deny of what its act is never given is refused by its line: it could hold for nothing."""

import pytest
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.schema.reach import inapplicable_types
from graphql import build_schema

SCHEMA = build_schema("""
enum Order { NAME }
enum Kind { PERSON }
enum Status { APPLIED }
enum IdentifierType { PHONE }
enum Stage { PROFILE }
input Text { equals: String }
input Filter { name: Text all: [Filter!] kind: Kind }
input Item { key: String kind: Kind parts: [Part!] }
input Part { note: String }
type Found { name(order: Order): String type: IdentifierType }
type Result { status: Status }
type Query { find(filter: Filter): [Found] }
type Subscription { found(filter: Filter): Found }
type Mutation { write(items: [Item!]!, wait: Stage): Result }
""")
COORDINATES = coordinates_of(SCHEMA, {"Part.note": frozenset({"secret"})})
KNOWN = Known(COORDINATES, None, inapplicable_types(SCHEMA))
BOTH = {"Kind.PERSON", "IdentifierType.PHONE", "Found.name", "Found.type", "Result.status"}
WRITTEN = BOTH | {"Item.key", "Item.kind", "Item.parts", "Part.note", "Stage.PROFILE"}
WRITTEN |= {
    "Mutation.write",
    "Mutation.write(items:)",
    "Mutation.write(wait:)",
    "Found.name(order:)",
}
READ = set(COORDINATES) - (WRITTEN - BOTH) - {"Status.APPLIED", "IdentifierType.PHONE"}
READ |= {"Found.name(order:)"}


def is_refused(act: str, obj: str) -> bool:
    rules = ("p, a, *, read, , allow, *, , , all", f"p, a, {obj}, {act}, , deny, *, , , no")
    try:
        refuse_unknown(parse_policy("\n".join((*rules, ""))), KNOWN)
    except PolicyInvalid as error:
        assert f"line 2: rule no: act {act} is never asked of {obj!r}" in error.message
        return True
    return False


@pytest.mark.parametrize("coordinate", sorted(COORDINATES))
def test_a_deny_is_taken_where_its_act_is_asked(coordinate: str) -> None:
    assert is_refused("write", coordinate) == (coordinate not in WRITTEN)
    assert is_refused("read", coordinate) == (coordinate not in READ)


@pytest.mark.parametrize(
    ("act", "obj"),
    [
        ("write", "Filter.*"),
        ("write", "Order.*"),
        ("write", "Status.*"),
        ("read", "Status.*"),
        ("read", "Item.*"),
        ("read", "tag:secret"),
    ],
)
def test_a_type_or_tag_that_holds_nothing_else_is_refused(act: str, obj: str) -> None:
    assert is_refused(act, obj)


@pytest.mark.parametrize(
    ("act", "obj"),
    [("write", "Item.*"), ("write", "tag:secret"), ("write", "Kind.*"), ("read", "Filter.*")],
)
def test_a_type_or_tag_that_is_asked_of_is_taken(act: str, obj: str) -> None:
    assert not is_refused(act, obj)
