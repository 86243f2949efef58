"""What a look showed, and what it is asked about by."""

import pytest
from c360_audit.domain.access import About, sights
from c360_audit.testing.entries import operation
from c360_kernel.payload import CoordinateUse

USES = (
    CoordinateUse("Profile.phone", "select", "mask:partial(3,4,4)", "r1,r2", "phone", 2),
    CoordinateUse("Profile.name", "select", "allow", "r3", "name,phone"),
    CoordinateUse("Profile.email", "select", "deny", "", "email"),
    CoordinateUse("Query.customers(filter:)", "filter", "allow", "r4"),
    CoordinateUse("CustomerFilter.phone", "filter", "deny", "", "phone"),
    CoordinateUse("Mutation.upsertRecords", "write", "allow", "r5"),
)


def shown(about=None, **given):
    found = sights(operation(uses=USES, **given), About.of(about))
    return {one.coordinate: (one.shown, one.mask) for one in found}


def test_every_use_is_told_by_what_came_of_it():
    assert shown() == {
        "Profile.phone": ("masked", "partial(3,4,4)"),
        "Profile.name": ("clear", ""),
        "Profile.email": ("refused", ""),
        "Query.customers(filter:)": ("used", ""),
        "CustomerFilter.phone": ("refused", ""),
        "Mutation.upsertRecords": ("written", ""),
    }


def test_a_refused_request_showed_nothing_whatever_policy_said():
    assert {what for what, _ in shown(outcome="refused").values()} == {"refused"}
    assert {what for what, _ in shown(outcome="partial").values()} > {"clear", "masked"}


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ("Profile.phone", {"Profile.phone"}),
        ("tag:phone", {"Profile.phone", "Profile.name", "CustomerFilter.phone"}),
        ("tag:phon", set()),
        ("Profile.*", set()),
    ],
)
def test_only_what_is_asked_about_is_told(about, found):
    assert set(shown(about)) == found


def test_a_sight_names_its_rules_tags_and_count():
    (one,) = sights(operation(uses=USES), About.of("Profile.phone"))
    assert (one.rules, one.tags, one.count, one.use) == (("r1", "r2"), ("phone",), 2, "select")
