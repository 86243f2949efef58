"""What may be told, and why not: by what a principal like the destination is told now."""

import pytest
from c360_activation.domain.telling import Told, withheld
from c360_activation.testing.entries import message

TOLD = Told("c1", {"city": "杭州", "email": None}, ["gold"], ["gold"], "GRANTED")
ENTERED, LEFT = message("m"), message("m", kind="segment.left")
PROFILE = message("m", kind="profile.changed")
ENDED = message("m", kind="customer.ended")


def told(**changes):
    return Told(**{name: changes.get(name, getattr(TOLD, name)) for name in TOLD.__slots__})


@pytest.mark.parametrize(
    ("one", "answer", "why"),
    [
        (ENTERED, TOLD, ""),
        (PROFILE, TOLD, ""),
        (LEFT, told(segments=()), ""),
        (ENDED, told(customer="c2"), ""),
        (ENTERED, Told(""), "CUSTOMER_HIDDEN"),
        (ENTERED, told(consent="WITHDRAWN"), "CONSENT_MISSING"),
        (ENTERED, told(consent=""), "CONSENT_MISSING"),
        (LEFT, told(segments=(), consent="WITHDRAWN"), "CONSENT_MISSING"),
        (PROFILE, told(lacking=["Profile.email"]), "CONSENT_MISSING"),
        (ENTERED, told(customer="c2"), "CUSTOMER_ENDED"),
        (ENTERED, told(segments=()), "MEMBERSHIP_CHANGED"),
        (LEFT, TOLD, "MEMBERSHIP_CHANGED"),
        (LEFT, told(segments=(), known=()), "SEGMENT_HIDDEN"),
        (ENDED, TOLD, "NOT_ENDED"),
    ],
)
def test_it_goes_or_says_why_not(one, answer, why):
    assert withheld(one, answer, by_consent=True) == why


def test_a_purpose_on_another_basis_asks_for_no_consent():
    assert withheld(PROFILE, told(consent=""), by_consent=False) == ""
    lacking = told(lacking=["Profile.email"])
    assert withheld(PROFILE, lacking, by_consent=False) == "CONSENT_MISSING"
