"""What a table's decisions mean to a use of a field, an argument or a value that is written."""

import pytest
from c360_federation.policy import Use, UseKind
from c360_gateway.policy.decisions import TablePolicy
from c360_policy.mask.apply import REDACTED, Masks
from c360_policy.mask.kinds import NO_CATALOG
from c360_policy.reading.parsing import policy_of
from c360_policy.row_policy import RowPolicy
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.table import compile_table
from graphql import build_schema

SCHEMA = build_schema("""
input CustomerFilter { phone: String orders: OrderFilter consents: ConsentsFilter, sources: String
  segments: String events: EventsFilter identifiers: IdentifiersFilter }
input IdentifiersFilter { phone: String card: String }
type Identifiers { phone: String card: String }
input EventsFilter { orderCompleted: String }
type OrderCompleted { name: String occurredAt: String }
input ConsentsFilter { marketing: String }
type Consent { purpose: String status: String }
type SourceRecord { source: String }
type Customer { consents: [Consent] records: [SourceRecord] segments: [Segment]
  timeline: [OrderCompleted] identifiers: Identifiers }
type Segment { name: String }
input OrderFilter { phone: String }
input BorderInput { city: String }
input Ordering { by: String }
input CustomerOrder { field: CustomerOrderField }
enum CustomerOrderField { PHONE }
input RecordInput { phone: String note: String }
type Profile { phone: String phones: [String!]! born: Date visits: Int contact: Contact }
type Contact { name: String }
scalar Date
type Query {
  customer(id: ID!): Profile
  customerByIdentifier(value: String): Profile
  customers(
    filter: CustomerFilter, orderBy: CustomerOrder, first: Int, near: BorderInput
  ): [Profile]
  node: Customer
  filtered(reorder: Ordering): [Profile]
}
type Mutation { upsertRecords(records: [RecordInput]): Int }
""")
TAGS = {
    "CustomerFilter.phone": frozenset({"phone"}),
    "Profile.phone": frozenset({"phone"}),
    "Profile.phones": frozenset({"phone"}),
    "Profile.visits": frozenset({"visits"}),
    "Profile.contact": frozenset({"phone"}),
    "RecordInput.phone": frozenset({"phone"}),
}
LIST = "Query.customers"
CONSENTS = "CustomerFilter.consents"
LOOKUP = "Query.customerByIdentifier"
BY_VALUE = f"{LOOKUP}(value:)"
UPSERT = "Mutation.upsertRecords"
ANYTHING = ("*", "read")


def policy(*grants, introspect=False):
    """For a role with these rules: object, act, and what else is not "allow, unmasked"."""
    rules = [
        ["agent", obj, act, more.get("mask", ""), more.get("effect", "allow"), "*", "", "", f"r{n}"]
        for n, (obj, act, *rest) in enumerate(grants)
        for more in (rest[0] if rest else {},)
    ]
    if introspect:
        rules.append(["agent", "*", "introspect", "", "allow", "*", "", "", "look"])
    coordinates = coordinates_of(SCHEMA, TAGS)
    table = compile_table(policy_of(rules, []), ("agent",), "service", coordinates, 0)
    return TablePolicy(table, SCHEMA, Masks(NO_CATALOG, b"k" * 32))


def use(coordinate, kind=UseKind.FIELD, because_of=None, operation="query", depth=2):
    return Use(coordinate, kind, ("a",) * depth, because_of, operation)


def code(decided):
    return decided and decided.code


DENY, MASK, NULL = {"effect": "deny"}, {"mask": "redact"}, {"mask": "null"}


@pytest.mark.parametrize(
    ("grants", "coordinate", "kind", "expected"),
    [
        ([], "Query.customer", UseKind.FIELD, "FIELD_DENIED"),
        ([ANYTHING], "Query.customer", UseKind.FIELD, None),
        ([ANYTHING], "Profile.phone", UseKind.FIELD, "FIELD_DENIED"),
        ([("tag:phone", "read")], "Profile.phone", UseKind.FIELD, None),
        ([("tag:phone", "read", MASK)], "Profile.phone", UseKind.FIELD, None),
        ([("tag:phone", "read", MASK)], "Profile.phones", UseKind.FIELD, None),
        ([("tag:phone", "read", NULL)], "Profile.phone", UseKind.FIELD, "FIELD_MASKED"),
        ([("tag:visits", "read", MASK)], "Profile.visits", UseKind.FIELD, "FIELD_MASKED"),
        ([("tag:phone", "read", MASK)], "Profile.contact", UseKind.FIELD, "FIELD_DENIED"),
        ([("tag:phone", "read", MASK)], "Profile.phone", UseKind.REQUIRED, "FIELD_DENIED"),
        ([("tag:phone", "read", MASK)], "CustomerFilter.phone", UseKind.INPUT_FIELD, "denied"),
        ([ANYTHING], "CustomerFilter.phone", UseKind.INPUT_FIELD, "denied"),
        ([ANYTHING], "CustomerOrderField.PHONE", UseKind.ENUM_VALUE, None),
        ([], "CustomerOrderField.PHONE", UseKind.ENUM_VALUE, "denied"),
        ([], BY_VALUE, UseKind.ARGUMENT, "denied"),
    ],
)
def test_a_value_is_seen_plain_or_masked_and_used_only_plain(grants, coordinate, kind, expected):
    found = code(policy(*grants).decide(use(coordinate, kind)))
    assert found == ("ARGUMENT_DENIED" if expected == "denied" else expected)


def test_a_masked_leaf_has_a_mask_and_no_other_has():
    found = policy(("tag:phone", "read", MASK), ANYTHING)
    assert found.transform("Profile.phone")("13800138000") == REDACTED
    for coordinate in ("Profile.contact", "Profile.visits", "Query.customer", "Nobody.knows"):
        assert found.transform(coordinate) is None


@pytest.mark.parametrize(
    ("grants", "allowed", "limited"),
    [
        ([], False, False),
        ([(BY_VALUE, "lookup")], True, True),
        ([(BY_VALUE, "lookup"), (BY_VALUE, "read")], True, False),
        ([(BY_VALUE, "read")], True, False),
        ([(BY_VALUE, "read"), (BY_VALUE, "lookup", DENY)], False, False),
        ([(BY_VALUE, "read", DENY), (BY_VALUE, "lookup")], True, True),
        ([(BY_VALUE, "read", MASK)], False, False),
    ],
)
def test_who_may_look_up_alone_is_limited_in_it(grants, allowed, limited):
    found = policy(*grants)
    looked_up = use(BY_VALUE, UseKind.ARGUMENT, LOOKUP)
    assert (found.decide(looked_up) is None) is allowed
    if allowed or not grants:
        assert found.limits(looked_up) is limited


def test_the_right_to_look_up_is_one_of_the_looking_up_field_alone():
    found = policy((BY_VALUE, "lookup"), ("*", "lookup"))
    for elsewhere in (
        use(BY_VALUE, UseKind.ARGUMENT, "Query.customers"),
        use(BY_VALUE, UseKind.FIELD, LOOKUP),
        use("Query.customer"),
    ):
        assert found.decide(elsewhere) is not None
        assert not found.limits(elsewhere)


@pytest.mark.parametrize(
    ("grants", "allowed", "limited"),
    [
        ([], False, False),
        ([ANYTHING], True, False),
        ([ANYTHING, ("Customer.consents", "read", DENY)], False, False),
        ([ANYTHING, ("Consent.*", "read", DENY)], False, False),
        ([("CustomerFilter.*", "read"), ("Customer.*", "read")], False, False),
        ([("CustomerFilter.*", "read"), ("Consent.status", "read", MASK)], False, False),
        ([ANYTHING, (CONSENTS, "filter", DENY)], False, False),
        ([ANYTHING, ("Consent.status", "read", DENY), (CONSENTS, "filter")], True, True),
    ],
)
def test_who_may_not_read_consents_finds_nobody_by_them(grants, allowed, limited):
    found = policy(*grants)
    filtered = use(CONSENTS, UseKind.INPUT_FIELD, LIST)
    assert (found.decide(filtered) is None) is allowed
    assert found.limits(filtered) is limited


@pytest.mark.parametrize("compared", ["CustomerFilter.phone", "CustomerOrderField.PHONE"])
@pytest.mark.parametrize(
    "shown",
    [[("tag:phone", "read"), ("Profile.phone", "read", DENY)], [("Profile.phone", "read", MASK)]],
)
def test_who_may_not_read_a_trait_by_its_name_compares_nobody_by_it(compared, shown):
    by_it, granted = use(compared, UseKind.INPUT_FIELD, LIST), [ANYTHING, (compared, "read")]
    assert policy(*granted, ("Profile.phone", "read")).decide(by_it) is None
    assert code(policy(*granted, *shown).decide(by_it)) == "ARGUMENT_DENIED"
    may_guess = policy(*granted, *shown, (compared, "filter"))
    assert may_guess.decide(by_it) is None
    assert may_guess.limits(by_it)


@pytest.mark.parametrize("hidden", ["Customer.segments", "Segment.name"])
def test_who_may_not_read_of_segments_finds_nobody_by_them(hidden):
    filtered = use("CustomerFilter.segments", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(filtered) is None
    assert code(policy(ANYTHING, (hidden, "read", DENY)).decide(filtered)) == "ARGUMENT_DENIED"


@pytest.mark.parametrize("hidden", ["Customer.records", "SourceRecord.source"])
def test_who_may_not_read_of_sources_finds_nobody_by_them(hidden):
    filtered = use("CustomerFilter.sources", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(filtered) is None
    assert code(policy(ANYTHING, (hidden, "read", DENY)).decide(filtered)) == "ARGUMENT_DENIED"


@pytest.mark.parametrize("hidden", ["OrderCompleted.name", "OrderCompleted.occurredAt"])
def test_who_may_not_read_an_event_counts_none_of_it(hidden):
    filtered = use("EventsFilter.orderCompleted", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(filtered) is None
    assert code(policy(ANYTHING, (hidden, "read", DENY)).decide(filtered)) == "ARGUMENT_DENIED"


def test_who_may_not_read_an_identifier_finds_nobody_by_it():
    by_card = use("IdentifiersFilter.card", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(by_card) is None
    hidden = policy(ANYTHING, ("Identifiers.card", "read", DENY))
    assert code(hidden.decide(by_card)) == "ARGUMENT_DENIED"
    of_all = use("CustomerFilter.identifiers", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(of_all) is None
    hidden = policy(ANYTHING, ("Customer.identifiers", "read", DENY))
    assert code(hidden.decide(of_all)) == "ARGUMENT_DENIED"


def test_who_may_not_read_timelines_counts_no_events():
    filtered = use("CustomerFilter.events", UseKind.INPUT_FIELD, LIST)
    assert policy(ANYTHING).decide(filtered) is None
    hidden = policy(ANYTHING, ("Customer.timeline", "read", DENY))
    assert code(hidden.decide(filtered)) == "ARGUMENT_DENIED"


@pytest.mark.parametrize("shown", ["Consent.status", "Customer.consents", "Consent.purpose"])
def test_consents_that_some_customers_show_choose_nobody(shown):
    found = policy(ANYTHING)
    table = TablePolicy(
        found.table, SCHEMA, Masks(NO_CATALOG, b"k" * 32), RowPolicy(consented=frozenset({shown}))
    )
    assert code(table.decide(use(CONSENTS, UseKind.INPUT_FIELD, LIST))) == "ARGUMENT_DENIED"


@pytest.mark.parametrize(
    ("grants", "coordinate", "allowed"),
    [
        ([(UPSERT, "write")], "RecordInput.note", True),
        ([(UPSERT, "write")], "RecordInput.phone", False),
        ([(UPSERT, "write"), ("tag:phone", "write")], "RecordInput.phone", True),
        ([(UPSERT, "write"), ("RecordInput.note", "write", DENY)], "RecordInput.note", False),
        ([("*", "read")], "RecordInput.note", False),
    ],
)
def test_what_a_mutation_is_given_goes_with_it_unless_tagged_or_denied(grants, coordinate, allowed):
    given = use(coordinate, UseKind.INPUT_FIELD, UPSERT, "mutation", depth=1)
    assert (policy(*grants).decide(given) is None) is allowed


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (use("Profile.phone"), "select"),
        (use("Profile.phone", UseKind.REQUIRED, "Profile.label"), "requires"),
        (use("CustomerFilter.phone", UseKind.INPUT_FIELD, LIST), "filter"),
        (use(f"{LIST}(filter:)", UseKind.ARGUMENT, LIST), "filter"),
        (use(f"{LIST}(orderBy:)", UseKind.ARGUMENT, LIST), "sort"),
        (use("CustomerOrderField.PHONE", UseKind.ENUM_VALUE, LIST), "sort"),
        (use(f"{LIST}(first:)", UseKind.ARGUMENT, LIST), "lookup"),
        (use("BorderInput.city", UseKind.INPUT_FIELD, LIST), "lookup"),
        (use("OrderFilter.phone", UseKind.INPUT_FIELD, LIST), "filter"),
        (use("Ordering.by", UseKind.INPUT_FIELD, "Query.filtered"), "lookup"),
        (use(BY_VALUE, UseKind.ARGUMENT, LOOKUP), "lookup"),
        (use("Mutation.upsertRecords", operation="mutation", depth=1), "write"),
        (use("Receipt.accepted", operation="mutation", depth=2), "select"),
        (use("Query.customers", depth=1), "select"),
    ],
)
def test_the_audit_names_each_use(expected, name):
    assert policy().use_name(expected) == name


def test_a_denial_says_what_may_not_be_done_with_what():
    found = policy()
    entries = [
        found.decide(one).message
        for one in (
            use("Profile.phone"),
            use("CustomerFilter.phone", UseKind.INPUT_FIELD),
            use("Profile.phone", UseKind.REQUIRED, "Profile.label"),
            use(UPSERT, operation="mutation", depth=1),
        )
    ]
    assert entries == [
        "your roles may not read Profile.phone",
        "your roles may not filter, sort or look up by CustomerFilter.phone",
        "Profile.label is made from Profile.phone, which your roles may not read",
        f"your roles may not write {UPSERT}",
    ]


def test_the_schema_is_shown_to_whom_a_rule_lets_look():
    looking = policy(introspect=True).introspection(SCHEMA)
    assert "phone" not in looking.type_map["Profile"].fields
    assert "born" in looking.type_map["Profile"].fields
    tags = [(f"tag:{tag}", "read") for tag in ("phone", "visits")]
    assert policy(ANYTHING, *tags, introspect=True).introspection(SCHEMA) is SCHEMA
    assert policy(ANYTHING).introspection(SCHEMA) is None


def test_equal_decisions_share_what_is_prepared_and_others_do_not():
    phone, masked = ("tag:phone", "read"), ("tag:phone", "read", MASK)
    assert policy(phone).key == policy(phone).key != policy(masked).key
