"""Broken glass and its review by somebody else."""

from c360_audit.domain.reviews import broken_glass
from c360_audit.testing.entries import operation


def opened(grant="g1", who="ann", at=10, **given):
    fields = {"reason": "outage", "ticket": "T-1", "details": {"role": "rescuer"}} | given
    return operation(at, who, kind="break_glass_opened", break_glass=grant, **fields)


def reviewed(grant="g1", who="otto", at=20, **given):
    return operation(at, who, kind="break_glass_reviewed", target=grant, **given)


def test_an_opening_tells_who_why_and_that_nobody_looked():
    (found,) = broken_glass([opened()])
    stated = (found.grant, found.principal, found.role, found.reason, found.ticket)
    assert stated == ("g1", "ann", "rescuer", "outage", "T-1")
    assert (found.reviewer, found.reviewed_at) == ("", None)


def test_the_first_review_by_somebody_else_counts():
    acts = [opened(), reviewed(who="ann", at=15), reviewed(at=30, who="later"), reviewed(at=20)]
    (found,) = broken_glass(acts)
    assert (found.reviewer, found.reviewed_at) == ("otto", 20)
    for same in ("ann", "Ann", "os:ann"):
        (own,) = broken_glass([opened(), reviewed(who=same)])
        assert own.reviewer == ""


def test_a_review_is_of_its_own_grant():
    found = broken_glass([opened("g1"), opened("g2", "bob"), reviewed("g2")])
    assert [one.reviewer for one in found] == ["", "otto"]
