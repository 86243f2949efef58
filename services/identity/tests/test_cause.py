"""Why a customer changed, in one or two words: by what the change of its record says first."""

from __future__ import annotations

import pytest
from c360_identity.domain.cause import DELETED, NEW, OLDER, RETRACTED, cause_of
from c360_identity.domain.changes import RecordChange, holder_changes
from c360_identity.domain.model import SourceRecord
from c360_identity.testing.entries import TEST_CATALOG, rules_of
from c360_kernel.record import Identifier, RecordKey

RULES = rules_of(TEST_CATALOG, crowd=5, people=2)
PHONE, EMAIL = Identifier("phone", "1"), Identifier("email", "a")
STRONGER, WEAKER = sorted((PHONE, EMAIL), key=lambda one: (RULES.tier(one.type), one.type))


class Deleted(SourceRecord):
    """A record whose source has deleted it."""

    @property
    def deleted(self) -> bool:
        return True


def change(
    *,
    gained: tuple[Identifier, ...] = (),
    lost: tuple[Identifier, ...] = (),
    reordered: bool = False,
    kind: type[SourceRecord] = SourceRecord,
) -> RecordChange:
    record = kind(RecordKey("crm", "a"), "s1")
    return RecordChange(record, fresh=False, gained=gained, lost=lost, reordered=reordered)


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        (change(kind=Deleted, lost=(PHONE,), reordered=True), DELETED),
        (change(lost=(PHONE,), gained=(EMAIL,), reordered=True), RETRACTED),
        (change(gained=(PHONE,), reordered=True), OLDER),
        (change(gained=(PHONE, EMAIL)), STRONGER.type),
        (change(gained=(WEAKER,)), WEAKER.type),
        (change(), NEW),
    ],
)
def test_what_takes_apart_is_named_before_what_joins(made: RecordChange, cause: str) -> None:
    assert cause_of(made, {PHONE: 2, EMAIL: 2}, RULES) == cause


def test_what_nobody_else_carries_joins_nobody() -> None:
    both = change(gained=(PHONE, EMAIL))
    assert cause_of(both, {PHONE: 1, EMAIL: 1}, RULES) == NEW
    assert cause_of(both, {STRONGER: 1, WEAKER: 2}, RULES) == WEAKER.type


@pytest.mark.parametrize(
    ("made", "is_straight"),
    [
        (change(gained=(PHONE,)), True),
        (change(), True),
        (change(gained=(PHONE,), lost=(EMAIL,)), True),
        (change(reordered=True), False),
        (change(kind=Deleted), False),
    ],
)
def test_a_change_is_straight_where_nothing_about_its_record_turned_out_to_be_older(
    made: RecordChange, *, is_straight: bool
) -> None:
    assert made.is_straight is is_straight


def test_holders_are_counted_by_what_was_gained_and_lost() -> None:
    changes = [change(gained=(PHONE, EMAIL)), change(gained=(PHONE,)), change(lost=(EMAIL,))]
    assert holder_changes(changes) == {PHONE: 2, EMAIL: 0}
