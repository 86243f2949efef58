"""A mask that can keep the type of nothing it is put on refuses the policy."""

import pytest
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.schema.reach import inapplicable_types
from graphql import build_schema

SCHEMA = build_schema("""
scalar Date
enum Stage { DONE }
type Profile { name: String spend: Float points: Int born: Date stage: Stage note: [String!] }
type Shop { city: String size: Int }
type Query { profile: Profile shop: Shop }
""")
MONEY = frozenset({"money"})
TAGS = {"Profile.spend": MONEY, "Profile.points": MONEY, "Profile.name": frozenset({"name"})}
TAGS |= {"Profile.born": frozenset({"born"}), "Profile.note": frozenset({"mixed"})}
TAGS |= {"Shop.size": frozenset({"mixed"})}
KNOWN = Known(coordinates_of(SCHEMA, TAGS), None, inapplicable_types(SCHEMA))


def held(obj, mask):
    text = f"p, a, *, read, , allow, *, , , r1\np, a, {obj}, read, {mask}, allow, *, , , r2\n"
    return [str(one) for one in refuse_unknown(parse_policy(text), KNOWN)]


@pytest.mark.parametrize(
    ("obj", "mask"),
    [
        ("Profile.spend", "partial(3,4,4)"),
        ("Profile.spend", "hash"),
        ("Profile.points", "token"),
        ("Profile.born", "redact"),
        ("Profile.born", "band(10)"),
        ("Profile.stage", "redact"),
        ("Profile.name", "band(10)"),
        ("Profile.note", "band(10)"),
        ("tag:money", "year"),
        ("tag:money", "redact_text"),
        ("tag:born", "city"),
        ("Profile.*", "year"),
    ],
)
def test_a_mask_that_keeps_no_type_is_refused_by_its_line(obj, mask):
    with pytest.raises(PolicyInvalid) as refused:
        held(obj, mask)
    (problem,) = refused.value.problems
    assert problem.line == 2
    assert f"mask {mask} keeps the type of nothing that {obj!r} names" in problem.message


@pytest.mark.parametrize(
    ("obj", "mask"),
    [
        ("Profile.spend", "band(10)"),
        ("Profile.spend", "null"),
        ("Profile.stage", "null"),
        ("Profile.born", "year"),
        ("Profile.note", "redact_text"),
        ("tag:money", "band(100)"),
        ("tag:name", "token"),
        ("*", "redact"),
        ("Shop.*", "city"),
    ],
)
def test_one_that_keeps_it_is_taken(obj, mask):
    assert held(obj, mask) == []


def test_what_a_mask_on_a_tag_can_never_show_is_told():
    (found,) = held("tag:mixed", "redact_text")
    assert "cannot keep the type of Shop.size: null is shown there" in found
