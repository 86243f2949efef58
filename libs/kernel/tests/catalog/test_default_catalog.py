"""The catalog that ships: what the demo and the example data sets rely on."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.model import Catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return default_catalog()


def test_knows_the_demo_and_the_example_sources(catalog: Catalog) -> None:
    demo = {"crm", "erp", "web", "miniprogram", "store"}
    assert demo <= catalog.sources.keys()
    regions = {name: source.region for name, source in catalog.sources.items() if name not in demo}
    assert regions == {
        "customers": "US",
        "reference": "US",
        "watchlist": "US",
        "historical": "GB",
        "cdnow": "US",
        "clickstream": "US",
    }


def test_rules_of_resolution(catalog: Catalog) -> None:
    rules = {name: (i.tier, i.limit, i.fan) for name, i in catalog.identifiers.items()}
    assert rules["national_id"] == (0, 1, None)
    assert rules["unionid"] == (1, 1, None)
    assert rules["openid"] == (1, None, None)
    assert rules["member_card"] == (2, None, 6)
    assert rules["phone"] == rules["email"] == (2, None, 4)
    assert rules["mailbox"] == (3, None, 4)
    assert rules["device"] == rules["cookie"] == (4, None, 3)


def test_what_tells_people_apart_and_what_names_machines(catalog: Catalog) -> None:
    types = catalog.identifiers.values()
    weak = {"phone", "email", "mailbox", "device", "cookie"}
    assert {t.name for t in types if not t.separates} == weak
    assert {t.name for t in types if not t.personal} == {"device", "cookie"}


def test_every_identifier_and_contact_is_classified(catalog: Catalog) -> None:
    assert all(identifier.tag != "public" for identifier in catalog.identifiers.values())
    personal = (
        "name",
        "firstName",
        "lastName",
        "birthDate",
        "phone",
        "email",
        "nationalId",
        "address",
    )
    assert all(catalog.traits[name].tag != "public" for name in personal)


def test_a_trait_that_is_an_identifier_carries_the_same_tag(catalog: Catalog) -> None:
    for trait in catalog.traits.values():
        if trait.identifier:
            assert trait.tag == catalog.identifiers[trait.identifier].tag


def test_segments(catalog: Catalog) -> None:
    expected = {
        "repeat_buyers",
        "high_value",
        "gold_members",
        "reachable_by_email",
        "browsing_no_order",
    }
    assert expected <= catalog.segments.keys()
