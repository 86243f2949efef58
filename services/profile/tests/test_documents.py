"""What the documents of MongoDB say is all that reading them needs."""

from __future__ import annotations

import pytest
from bson import BSON, InvalidDocument
from c360_kernel.record import RecordKey
from c360_profile.domain.customer import Customer
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.mongodb.customers import HeldCustomer, read_held
from c360_profile.store.mongodb.documents import read_record, record_document
from c360_profile.store.mongodb.writes import SavedCustomer
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
_TEXTS = st.none() | st.dictionaries(st.just("name"), st.sampled_from(["Ann", "Bo"]))


def _held(saved: SavedCustomer) -> HeldCustomer:
    return read_held(BSON.encode({"_id": "c", **saved.fields}).decode())


@given(_CUSTOMERS, _TEXTS, _CUSTOMERS, _TEXTS)
def test_a_customer_is_read_as_it_was_saved(
    one: Customer, texts: dict[str, str] | None, next_: Customer, others: dict[str, str] | None
) -> None:
    first = _held(SavedCustomer(None, one, texts))
    second = _held(SavedCustomer(first, next_, others))
    assert (first.edition, second.edition) == (1, 2)
    assert (first.customer, second.customer) == (one, next_)
    if others is None:
        assert second.found_by == first.found_by
    else:
        assert second.found_by == _held(SavedCustomer(None, next_, others)).found_by


def test_numbers_that_find_a_customer_take_32_bits() -> None:
    found = _held(SavedCustomer(None, Customer("c"), {"name": "Ann Smith"})).found_by["numbers"]
    assert found and {type(number) for number in found} == {int}
    assert all(-(2**31) <= number < 2**31 for number in found)


def test_a_text_that_no_document_holds_is_refused_in_a_record() -> None:
    record = SourceRecord(RecordKey("crm", "1"), latest=Revision(1, "s", 0, False, {"a": "\ud800"}))
    with pytest.raises(InvalidDocument):
        record_document(record)


@given(st.dictionaries(st.sampled_from("ab"), st.sampled_from(["x", 1, 1.0, True, ("x", "y")])))
def test_a_record_is_read_as_it_was_saved(traits: dict[str, str]) -> None:
    record = SourceRecord(RecordKey("crm", "1"), latest=Revision(1, "s", 0, False, traits))
    read = read_record({"_id": "crm/1", **BSON.encode(record_document(record)).decode()})
    assert read == record
    assert read.latest is not None
    assert {n: type(v) for n, v in read.latest.traits.items()} == {
        n: type(v) for n, v in traits.items()
    }
