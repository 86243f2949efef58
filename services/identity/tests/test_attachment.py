"""Which groups of changes join a customer without a solve, and whose values have to be known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from c360_identity.domain.attachment import PriorState, attach, grouped, strained
from c360_identity.domain.changes import RecordChange
from c360_identity.domain.model import Customer, Holding, SourceRecord
from c360_identity.domain.numbered import Neighbours
from c360_identity.testing.entries import TEST_CATALOG, rules_of
from c360_kernel.record import Identifier, RecordKey

RULES = rules_of(TEST_CATALOG, crowd=5, people=2)
EMAIL, OTHER, CARD = Identifier("email", "a"), Identifier("email", "b"), Identifier("card", "1")
KNOWN, FRESH, LATER = (RecordKey("crm", name) for name in ("known", "fresh", "later"))
CUSTOMER = Customer(KNOWN, "s5", plain=True)


def change(
    key: RecordKey, *gained: Identifier, age: str = "s7", fresh: bool = True
) -> RecordChange:
    return RecordChange(SourceRecord(key, age), fresh, gained, (), reordered=False)


def settled(
    *changes: RecordChange,
    held: Mapping[Identifier, Customer] | None = None,
    values: Mapping[RecordKey, set[Identifier]] | None = None,
) -> tuple[Mapping[RecordKey, Customer], list[RecordKey], set[RecordKey]]:
    """Whom records join, what waits for a solve, and whose values were asked for."""
    found = held or {}
    carried = {one for each in changes for one in each.gained}
    holdings = {
        one: Holding(1, customer=found[one]) if one in found else Holding() for one in carried
    }
    customers = {each.record.key: CUSTOMER for each in changes if not each.fresh}
    prior = PriorState(holdings, customers, dict.fromkeys(carried, 2))
    groups = list(grouped(changes, prior))
    result = attach(groups, prior, values or {}, RULES)
    unsettled = [one.record.key for one in result.unsettled]
    return result.customers, unsettled, strained(groups, prior, RULES)


def test_fresh_records_alone_are_a_customer_of_the_oldest() -> None:
    made, unsettled, asked = settled(
        change(LATER, EMAIL, age="s9"), change(FRESH, EMAIL, OTHER, age="s8")
    )
    assert made == dict.fromkeys((LATER, FRESH), Customer(FRESH, "s8", plain=True))
    assert (unsettled, asked) == ([], set())


@pytest.mark.parametrize(("age", "joins"), [("s4", False), ("s5", True), ("s6", True)])
def test_a_fresh_record_joins_an_older_customer_and_leads_no_older_one(
    age: str, *, joins: bool
) -> None:
    key = LATER if joins else FRESH  # of one age the key decides
    made, unsettled, _ = settled(change(key, EMAIL, age=age), held={EMAIL: CUSTOMER})
    assert (made, unsettled) == (({key: CUSTOMER}, []) if joins else ({}, [key]))


def test_what_a_known_record_gains_moves_nobody() -> None:
    made, unsettled, _ = settled(change(KNOWN, EMAIL, fresh=False))
    assert (made, unsettled) == ({}, [])


def test_what_two_customers_hold_is_solved() -> None:
    held = {EMAIL: CUSTOMER, OTHER: Customer(LATER, "s6", plain=True)}
    made, unsettled, asked = settled(change(FRESH, EMAIL, OTHER), held=held)
    assert (made, unsettled, asked) == ({}, [FRESH], set())


def test_a_customer_that_is_not_plain_is_solved_and_not_asked_about() -> None:
    crooked = CUSTOMER._replace(plain=False)
    made, unsettled, asked = settled(change(FRESH, EMAIL, CARD), held={EMAIL: crooked})
    assert (made, unsettled, asked) == ({}, [FRESH], set())


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("holders", [1, 2])
def test_a_numbered_customer_takes_what_a_known_record_alone_carries(
    holders: int, *, fresh: bool
) -> None:
    gained = change(KNOWN, EMAIL, fresh=fresh)
    customer = CUSTOMER._replace(plain=False, numbered=True)
    near = Neighbours({KNOWN: {}}, {KNOWN: {}})
    prior = PriorState({EMAIL: Holding()}, {KNOWN: customer}, {EMAIL: holders}, near)
    unsettled = attach(grouped([gained], prior), prior, {}, RULES).unsettled
    assert unsettled == ([] if holders == 1 and not fresh else [gained])


@pytest.mark.parametrize(
    ("values", "joins"),
    [
        ({}, False),
        ({KNOWN: set[Identifier]()}, True),
        ({KNOWN: {CARD}}, True),
        ({KNOWN: {Identifier("card", "2")}}, False),
    ],
)
def test_a_value_that_tells_apart_needs_those_that_are_held(
    values: Mapping[RecordKey, set[Identifier]], *, joins: bool
) -> None:
    made, unsettled, asked = settled(
        change(FRESH, EMAIL, CARD), held={EMAIL: CUSTOMER}, values=values
    )
    assert asked == {KNOWN}
    assert (made, unsettled) == (({FRESH: CUSTOMER}, []) if joins else ({}, [FRESH]))
