"""Roles that together undo a mask are named, with what they undo; others are not."""

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.separation_of_duties import undone_masks
from c360_policy.store.shipped import policy_text

CATALOG = default_catalog()
COORDINATES = {
    **catalog_tags(CATALOG),
    "Customer.id": frozenset(),
    "Mutation.upsertRecords": frozenset(),
    "Mutation.upsertRecords(records:)": frozenset(),
}
READS = "p, agent, Customer.*, read, , allow, *, , , r1\n"
MASKED = "p, agent, tag:phone, read, hash, allow, *, , , r2\n"
CLEAR = "p, agent, tag:phone, read, , allow, *, , , r2\n"
WRITES = "p, crm, Mutation.*, write, , allow, *, , , w1\n"
NOT_PHONES = "p, crm, tag:phone, write, , deny, *, , , w2\n"


def undone(text, now_ms=0):
    found = undone_masks(parse_policy(text), CATALOG, COORDINATES, now_ms)
    return {(one.reader, one.writer) for one in found if "phone" in one.tags}


def test_who_tags_customers_writes_no_identifier():
    tagger = "p, crm, tag:customer_tag, write, , allow, *, , , w1\n"
    served = {**COORDINATES, "Mutation.tagCustomers": frozenset({"customer_tag"})}
    assert undone_masks(parse_policy(READS + MASKED + tagger), CATALOG, served, 0) == []


ONE = "p, crm, tag:phone, write, , allow, *, , , w1\n"


def test_who_may_write_a_value_but_call_nothing_undoes_no_mask():
    assert undone(READS + MASKED + ONE) == set()


@pytest.mark.parametrize("gone", ["Mutation.upsertRecords(records:)", "Identifiers.email"])
def test_a_graph_need_not_have_all_that_the_catalog_names(gone):
    fewer = {name: tags for name, tags in COORDINATES.items() if name != gone}
    found = undone_masks(parse_policy(READS + MASKED + WRITES), CATALOG, fewer, 0)
    assert [(one.reader, one.writer) for one in found] == [("agent", "crm")]


PAIR = {("agent", "crm")}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (READS + MASKED + WRITES, PAIR),
        (READS + WRITES, PAIR),
        (READS + CLEAR + WRITES, set()),
        (READS + MASKED + WRITES + NOT_PHONES, set()),
        (READS + MASKED, set()),
        (MASKED + WRITES, set()),
        (READS + MASKED + WRITES.replace("crm", "agent"), {("agent", "agent")}),
        (READS + MASKED + WRITES + "g, lead, crm\n", {("agent", "crm"), ("agent", "lead")}),
        (
            READS + MASKED + WRITES + "g, both, crm\ng, both, agent\n",
            {(one, two) for one in ("agent", "both") for two in ("crm", "both")},
        ),
        (READS.replace("*, , , r1", "care, , , r1") + MASKED + WRITES, PAIR),
        (READS + MASKED + WRITES.replace("*, , , w1", "*, , 1969-01-01, w1"), set()),
    ],
)
def test_a_pair_is_named_by_what_one_sees_and_the_other_writes(text, pairs):
    assert undone(text) == pairs


def test_the_words_name_both_roles_and_the_tag():
    [both] = undone_masks(parse_policy(READS + MASKED + WRITES), CATALOG, COORDINATES, 0)
    assert all(word in str(both) for word in ("'agent'", "'crm'", "tag:phone"))
    [one] = undone_masks(
        parse_policy((READS + MASKED + WRITES).replace("crm", "agent")), CATALOG, COORDINATES, 0
    )
    assert "'agent'" in str(one) and "tag:phone" in str(one)


def test_the_shipped_policy_has_the_pairs_that_its_connector_makes(tmp_path):
    assert undone(policy_text(tmp_path)) == {
        ("support_agent", "connector"),
        ("data_steward", "connector"),
        ("marketing_analyst", "connector"),
    }
