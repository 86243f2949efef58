"""What holds of a record, part by part, of whole states, patches and deletions."""

from __future__ import annotations

from c360_identity.domain.model import Carried, SourceRecord, Statement
from c360_kernel.record import Identifier, RecordKey

PHONE, EMAIL = Carried("phone", "1"), Carried("email", "a")
MOBILE = Carried("phone", "2", trait="mobile")


def record(*statements: Statement) -> SourceRecord:
    return SourceRecord(RecordKey("crm", "a"), "s0", statements)


def state(at: int, *carried: Carried, deleted: bool = False, **compared: str) -> Statement:
    held = tuple(compared.items())
    return Statement(True, at, f"s{at}", f"h{at}", deleted, carried, at, marks="", compared=held)


def patch(at: int, named: str, *carried: Carried, **compared: str) -> Statement:
    return state(at, *carried, **compared)._replace(named=tuple(named.split()))


def test_a_patch_takes_the_place_of_the_parts_that_it_names() -> None:
    whole = state(1, PHONE, EMAIL, MOBILE, name="Ann", city="Bern")
    later = patch(2, "identifiers.email traits.name", Carried("email", "b"), name="Anna")
    found = record(whole, later)
    assert found.stated == {
        Identifier("phone", "1"): 1,
        Identifier("phone", "2"): 1,
        Identifier("email", "b"): 2,
    }
    assert found.compared == [("city", "Bern"), ("name", "Anna")]
    assert not found.deleted


def test_an_identifier_of_two_parts_was_observed_when_it_was_last() -> None:
    both = patch(2, "traits.mobile", Carried("phone", "1", trait="mobile"))
    assert record(state(1, PHONE), both).stated == {Identifier("phone", "1"): 2}


def test_a_deleted_record_carries_what_it_did_and_says_nothing_to_compare() -> None:
    gone = record(state(1, PHONE, name="Ann"), state(2, deleted=True))
    assert gone.deleted
    assert gone.stated == {Identifier("phone", "1"): 1}
    assert gone.compared == ()


def test_one_state_alone_is_the_whole_record() -> None:
    only = record(state(4, PHONE, EMAIL, name="Ann"))
    assert only.stated == {Identifier("phone", "1"): 4, Identifier("email", "a"): 4}
    assert tuple(only.compared) == (("name", "Ann"),)
