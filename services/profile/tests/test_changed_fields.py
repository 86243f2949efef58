"""What an update of a customer's document says is all that reading it needs."""

from __future__ import annotations

from c360_profile.domain.customer import Customer
from c360_profile.store.mongodb.documents import changed_fields, customer_document, read_customer
from hypothesis import given
from hypothesis import strategies as st

_CUSTOMERS = st.builds(
    Customer,
    st.just("c"),
    st.integers(1, 3),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from(["x", 1, ("x", "y")]), max_size=2),
    st.booleans(),
    st.sampled_from(["", "d"]),
    st.sampled_from([(), ("a",)]),
    st.dictionaries(st.just("marketing"), st.sampled_from(["granted", "withdrawn"])),
    st.sampled_from([(), ("crm",), ("crm", "web")]),
)


@given(_CUSTOMERS, _CUSTOMERS)
def test_a_document_with_its_changes_is_the_customer(before: Customer, after: Customer) -> None:
    held = {"_id": "c"} | customer_document(before)
    changed = held | changed_fields(after, before)
    assert read_customer(changed) == after
    assert changed["facts"] == customer_document(after)["facts"]
