"""What subgraphs may tell of by what they derive: what may be read, and what is not personal."""

import pytest
from c360_kernel.visibility import RECEIPT_SIGNATURE, TIMELINE, Visibility
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.schema.visibility import visibility_of
from c360_policy.table import compile_table
from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = build_schema("""
  type Query { customer: Customer }
  type Customer { id: ID! timeline: [Event] profile: Profile }
  type Profile { name: String phone: String tier: String }
  interface Event { name: String }
  type ScoreParts { phone: String place: String }
  type Bought implements Event { name: String amount: Float sku: String }
""")
TAGS = {
    "Profile.name": "name",
    "Profile.phone": "phone",
    "Bought.amount": "financial",
    "ScoreParts.phone": "phone",
}
SOURCES = [
    *TAGS,
    "Profile.tier",
    "ScoreParts.place",
    "Bought.name",
    "Bought.sku",
    "Customer.timeline",
]
objects = st.sampled_from([*SOURCES, "Profile.*", "Bought.*", "*", "tag:name", "tag:phone"])
rules = st.lists(st.tuples(objects, st.sampled_from(["allow", "deny", "mask"])), max_size=6)


@given(rules, st.sets(st.sampled_from(SOURCES)))
def test_what_may_be_told_of_is_what_may_be_read(given_rules, hidden):
    lines = [
        ["r", obj, "read", "redact" if way == "mask" else "", "deny" if way == "deny" else "allow"]
        + ["*", "", "", f"rule-{n}"]
        for n, (obj, way) in enumerate(given_rules)
    ]
    tagged = {coordinate: frozenset([tag]) for coordinate, tag in TAGS.items()}
    table = compile_table(policy_of(lines, []), ("r",), "", coordinates_of(SCHEMA, tagged), 0)
    shown = {one for one in SOURCES if table.read(one).action != "deny"} - hidden
    visibility = visibility_of(table, SCHEMA, shown.__contains__)
    for coordinate in SOURCES:
        decision = table.read(coordinate)
        assert (coordinate in visibility.seen) == (coordinate in shown)
        unmentioned = decision.action == "deny" and not decision.rule_ids
        harmless = coordinate not in TAGS and unmentioned
        assert (coordinate in visibility.used) == (decision.action == "allow" or harmless)


@pytest.mark.parametrize("others", ["", "interface Profile { a: Int }", "type Event { a: Int }"])
def test_of_a_graph_without_traits_and_events_the_timeline_alone_may_be_told(others):
    schema = build_schema(f"type Query {{ a: Int }} {others}")
    table = compile_table(policy_of([], []), ("r",), "", coordinates_of(schema, {}), 0)
    assert visibility_of(table, schema, lambda _: False) == Visibility(
        frozenset(), frozenset({TIMELINE})
    )


FILTERED = build_schema("""
  type Query { customers(filter: CustomerFilter): Profile }
  type Profile { name: String phone: String tier: String }
  input CustomerFilter { name: String phone: String tier: String and: String }
""")
TAGGED = {name: frozenset([name.split(".")[1]]) for name in coordinates_of(FILTERED, {})}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["tag:name,read,,allow"], {"name"}),
        (["tag:name,read,,allow", "tag:name,filter,,deny"], set()),
        (["tag:name,read,,allow", "CustomerFilter.name,filter,,deny"], set()),
        (["tag:name,read,redact,allow"], set()),
        (["tag:name,filter,,allow"], set()),
        (["tag:name,read,redact,allow", "tag:name,filter,,allow"], set()),
        (["tag:name,read,,allow", "tag:phone,read,,allow"], {"name", "phone"}),
    ],
)
def test_only_what_is_read_whole_and_may_be_filtered_by_finds_anybody(lines, expected):
    parted = [line.split(",") for line in lines]
    rules = [["r", *one, "*", "", "", f"rule-{n}"] for n, one in enumerate(parted)]
    tags = {name: tags for name, tags in TAGGED.items() if "." in name and "Query" not in name}
    table = compile_table(policy_of(rules, []), ("r",), "", coordinates_of(FILTERED, tags), 0)
    used = visibility_of(table, FILTERED, lambda _: False).used
    assert {one.split(".")[1] for one in used if one.startswith("CustomerFilter.")} == expected


FACTS = build_schema("""
  type Query { customer: Customer }
  type Customer { tags: CustomerTags consents: [Consent] records: [SourceRecord] }
  type CustomerTags { vip: Boolean }
  type Consent { purpose: String status: String }
  type SourceRecord { source: String }
""")
SHOWN = ["Customer.tags", "Customer.consents", "Consent.purpose", "Consent.status"]
SHOWN += ["Customer.records", "SourceRecord.source"]


@pytest.mark.parametrize("left_out", ["", *SHOWN])
def test_facts_are_told_of_to_whom_a_rule_shows_them(left_out):
    lines = [
        ["r", one, "read", "", "allow", "*", "", "", f"rule-{n}"]
        for n, one in enumerate(SHOWN)
        if one != left_out
    ]
    table = compile_table(policy_of(lines, []), ("r",), "", coordinates_of(FACTS, {}), 0)
    used = visibility_of(table, FACTS, lambda _: True).used
    assert set(SHOWN) - used == {left_out} - {""}
    assert "CustomerTags.vip" in used


ROLLED_UP = build_schema("""
  type Query { accounts(filter: AccountFilter): Account }
  type Account { rollUps: AccountRollUps }
  type AccountRollUps { revenue: Float people: Int }
  input AccountFilter { revenue: Float people: Int }
""")


def test_what_accounts_come_to_is_compared_by_who_reads_it_and_may_filter_by_it():
    lines = [
        ["r", "tag:revenue", "read", "", "allow", "*", "", "", "rule-1"],
        ["r", "tag:people", "read", "", "allow", "*", "", "", "rule-2"],
        ["r", "AccountFilter.people", "filter", "", "deny", "*", "", "", "rule-3"],
        ["r", "Account.rollUps", "read", "", "allow", "*", "", "", "rule-4"],
    ]
    types, names = ("AccountRollUps", "AccountFilter"), ("revenue", "people")
    tags = {f"{type_}.{name}": frozenset([name]) for type_ in types for name in names}
    known = coordinates_of(ROLLED_UP, tags)
    table = compile_table(policy_of(lines, []), ("r",), "", known, 0)
    used = visibility_of(table, ROLLED_UP, lambda _: True).used
    shown = {"Account.rollUps", "AccountRollUps.revenue", "AccountRollUps.people"}
    assert used - {TIMELINE} == {*shown, "AccountFilter.revenue"}
    denied = compile_table(policy_of(lines[:3], []), ("r",), "", known, 0)
    assert "Account.rollUps" not in visibility_of(denied, ROLLED_UP, lambda _: True).used


RECEIPTS = build_schema("""
  type Query { receipt: ConsentReceipt }
  type ConsentReceipt { recordId: String evidence: String event: ReceiptEvent signature: String
    purposes: [ReceiptPurpose] }
  type ReceiptEvent { eventTime: String }
  type ReceiptPurpose { description: String }
""")
SIGNED = [one for one in coordinates_of(RECEIPTS, {}) if "Receipt" in one.split(".")[0]]


@pytest.mark.parametrize("left_out", ["", *SIGNED])
@pytest.mark.parametrize("instead", ["deny", "mask", "consented", "hidden"])
def test_a_signature_is_told_with_all_that_it_is_over(left_out, instead):
    rules = [
        ["r", one, "read", "", "allow", "*", "", "", f"rule-{n}"]
        for n, one in enumerate(SIGNED)
        if one != left_out or instead in ("consented", "hidden")
    ]
    if left_out and instead == "mask":
        rules.append(["r", left_out, "read", "redact", "allow", "*", "", "", "masked"])
    tagged = {"ConsentReceipt.evidence": frozenset(["free_text"])}
    table = compile_table(policy_of(rules, []), ("r",), "", coordinates_of(RECEIPTS, tagged), 0)
    shows = (lambda one: one != left_out) if instead == "hidden" else (lambda _: True)
    consented = frozenset([left_out]) if instead == "consented" else frozenset()
    seen = visibility_of(table, RECEIPTS, shows, consented).seen
    assert (RECEIPT_SIGNATURE in seen) is (not left_out)
