"""Who decides at an account, and which role of the chain is wanting."""

from __future__ import annotations

from c360_account.domain.chain import chain_of, gaps_of
from c360_account.domain.membership import members_of
from c360_account.domain.model import HeldLink
from c360_kernel.catalog.model import AccountModel, AccountRole, LinkKind
from c360_kernel.payload import AccountLinked
from c360_kernel.record import RecordKey

ACCOUNT = RecordKey("crm", "a")
MODEL = AccountModel(
    kinds={"employee": LinkKind("employee", decides=True), "guest": LinkKind("guest")},
    roles={"budget": AccountRole("budget", needed=True), "champion": AccountRole("champion")},
)


def members(*said):
    """A member for each (person, kind, role, influence, end)."""
    links = [
        HeldLink(
            person,
            AccountLinked(
                RecordKey("crm", person), RecordKey("crm", person), ACCOUNT, kind, 1, 1,
                role=role, influence=influence, valid_to=end,
            ),
        )
        for person, kind, role, influence, end in said
    ]  # fmt: skip
    people = {RecordKey("crm", person): person for person, *_ in said}
    return members_of(links, {ACCOUNT: "a1"}, people)


def gaps(*said, at=500):
    return [(one.role, one.reason) for one in gaps_of(members(*said), MODEL, at)]


def test_of_roles_that_nobody_ever_held_those_are_missed_that_are_needed():
    assert gaps() == [("budget", "VACANT")]
    assert gaps(("p", "employee", "budget", 1, 0)) == []


def test_a_role_that_somebody_left_is_missed_though_it_is_not_needed():
    left = ("p", "employee", "champion", 1, 400)
    assert gaps(left) == [("budget", "VACANT"), ("champion", "LEFT")]
    assert gaps(left, at=300) == [("budget", "VACANT")]
    assert gaps(left, ("q", "employee", "champion", 1, 0)) == [("budget", "VACANT")]


def test_who_left_last_is_named():
    found = gaps_of(
        members(("p", "employee", "budget", 1, 300), ("q", "employee", "budget", 1, 400)),
        MODEL,
        500,
    )
    assert [(one.since, one.last.customer) for one in found] == [(400, "q")]


def test_who_does_not_decide_is_in_no_chain_and_fills_no_gap():
    assert gaps(("p", "guest", "budget", 1, 0)) == [("budget", "VACANT")]
    assert gaps(("p", "guest", "champion", 1, 400)) == [("budget", "VACANT")]


def test_the_most_influential_come_first_and_then_the_order_of_the_catalog():
    held = members(
        ("p", "employee", "champion", 2, 0),
        ("q", "employee", "budget", 2, 0),
        ("r", "employee", "champion", 3, 0),
        ("s", "guest", "budget", 9, 0),
    )
    assert [one.customer for one in chain_of(held, MODEL, 500)] == ["r", "q", "p"]
